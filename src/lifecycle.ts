/**
 * In which order the parts of the process start and stop; `docs/architecture.md` has it as a table. No part has a hook of
 * its own, so that this is the only place to look.
 *
 * The stop is a drain, while consumer, producer and database are still there: nothing new is fetched or claimed, what was
 * begun is finished or stored, and what is finished is committed. So the next owner delivers nothing twice.
 */
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Producer } from 'kafkajs';
import { Sender } from './delivery/sender.ts';
import { IntakeService } from './intake/intake.service.ts';
import { PRODUCER } from './kafka/kafka.module.ts';
import { Lanes } from './lanes/lanes.ts';
import { MatchingService } from './matching/matching.service.ts';
import { HealthNotes } from './pipeline/health-notes.ts';
import { PipelineService } from './pipeline/pipeline.service.ts';
import { RetryWorker } from './pipeline/retry-worker.ts';
import { ResultsService } from './results/results.service.ts';
import { OrphanSweep } from './retries/orphan-sweep.ts';
import { RetryWriter } from './retries/retry-writer.ts';

/** What quick endpoints take of what is queued, before the rest is stored. */
const FINISH_QUICKLY_MS = 2_000;
const FINISH_MS = 20_000;
const POLL_MS = 20;

@Injectable()
export class Lifecycle implements BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #logger = new Logger(Lifecycle.name);

  constructor(
    @Inject(PRODUCER) private readonly producer: Producer,
    private readonly pipeline: PipelineService,
    private readonly matching: MatchingService,
    private readonly intake: IntakeService,
    private readonly lanes: Lanes,
    private readonly worker: RetryWorker,
    private readonly writer: RetryWriter,
    private readonly orphans: OrphanSweep,
    private readonly results: ResultsService,
    private readonly healthNotes: HealthNotes,
    private readonly sender: Sender,
  ) {}

  /** After it requests are taken (`main.ts`), and then the consumer joins its group. */
  async start(): Promise<void> {
    this.pipeline.connect();
    await this.producer.connect();
    await this.matching.start();
    this.intake.start();
    this.healthNotes.start();
    this.worker.start();
    this.orphans.start();
  }

  /** Nest waits for it before it ends the consumer and the HTTP server. */
  async beforeApplicationShutdown(): Promise<void> {
    this.worker.stopClaiming();
    this.orphans.stop();
    this.intake.stopFetching();
    await this.#until(() => this.intake.inFlight === 0, FINISH_QUICKLY_MS);
    // Also stored deliveries that have not started: given back, they need not wait for their leases to run out.
    this.lanes.spillAll();
    await this.#until(() => this.#finished, FINISH_MS);
    this.worker.stop();
    await this.intake.commitLast();
    // Test sends too: the HTTP server waits for their answers, which may be minutes away.
    await this.sender.close();
    this.#logger.log({ unfinished: this.intake.inFlight, underWay: this.lanes.running }, 'drained');
  }

  /** The consumer has left its group, and no request is answered any more. */
  async onApplicationShutdown(): Promise<void> {
    this.intake.stop();
    this.healthNotes.stop();
    this.writer.close();
    this.results.close();
    await this.matching.stop();
    await this.producer.disconnect();
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
