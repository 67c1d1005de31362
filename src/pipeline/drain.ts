/**
 * The end of the process, while consumer, producer and database are still there: nothing new is fetched or claimed,
 * what was begun is finished or stored, and what is finished is committed. So the next owner delivers nothing twice.
 */
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { Lanes } from '../lanes/lanes.ts';
import { Sender } from '../delivery/sender.ts';
import { IntakeService } from '../intake/intake.service.ts';
import { ResultsService } from '../results/results.service.ts';
import { RetryWriter } from '../retries/retry-writer.ts';
import { RetryWorker } from './retry-worker.ts';

/** What quick endpoints take of what is queued, before the rest is stored. */
const FINISH_QUICKLY_MS = 2_000;
const FINISH_MS = 20_000;
const POLL_MS = 20;

@Injectable()
export class Drain implements BeforeApplicationShutdown {
  readonly #logger = new Logger(Drain.name);

  constructor(
    private readonly intake: IntakeService,
    private readonly lanes: Lanes,
    private readonly worker: RetryWorker,
    private readonly writer: RetryWriter,
    private readonly results: ResultsService,
    private readonly sender: Sender,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.intake.stopFetching();
    await this.#until(() => this.intake.inFlight === 0, FINISH_QUICKLY_MS);
    // Also retries that have not started: given back, they need not wait for their leases to run out.
    this.lanes.spillAll();
    await this.#until(() => this.#finished, FINISH_MS);
    this.worker.stop();
    await this.intake.commitLast();
    // Test sends too: the HTTP server waits for their answers, which may be minutes away.
    await this.sender.close();
    this.#logger.log({ unfinished: this.intake.inFlight, underWay: this.lanes.running }, 'drained');
  }

  get #finished(): boolean {
    return this.intake.inFlight === 0 && this.lanes.running === 0 && this.results.idle && this.writer.idle;
  }

  async #until(condition: () => boolean, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!condition() && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}
