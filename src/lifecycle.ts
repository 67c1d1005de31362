/**
 * Starts and stops the parts of the process in order. `docs/architecture.md` has this order as a table. No part has a hook
 * of its own, so this is the only place to look.
 *
 * The stop is a drain. Consumer, producer and database are still connected. Nothing new is fetched or claimed, what has
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

/** How long quick receivers may still take what is queued, before the rest is stored. */
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

  /** After this, `main.ts` lets the HTTP server listen, and then the consumer join its group. */
  async start(): Promise<void> {
    this.pipeline.connect();
    await this.producer.connect();
    await this.matching.start();
    this.intake.start();
    this.healthNotes.start();
    this.worker.start();
    this.orphans.start();
  }

  /** Nest waits for this before it stops the consumer and the HTTP server. */
  async beforeApplicationShutdown(): Promise<void> {
    this.worker.stopClaiming();
    this.orphans.stop();
    this.intake.stopFetching();
    await this.#until(() => this.intake.inFlight === 0, FINISH_QUICKLY_MS);
    // This also gives back stored deliveries that have not started. So they need not wait until their leases run out.
    this.lanes.spillAll();
    await this.#until(() => this.#finished, FINISH_MS);
    this.worker.stop();
    await this.intake.commitLast();
    // This ends test sends too. Otherwise the HTTP server would wait for their answers, which may take minutes.
    await this.sender.close();
    this.#logger.log({ unfinished: this.intake.inFlight, underWay: this.lanes.running }, 'drained');
  }

  /** By now the consumer has left its group, and the HTTP server is closed. */
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
