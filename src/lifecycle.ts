/**
 * Starts and stops the parts of the process in order. `docs/architecture.md` has this order as a table. No part has a hook
 * of its own, so this is the only place to look.
 *
 * The stop is a drain. Consumer, producer and database are still connected. Nothing new is fetched or claimed, what has
 * begun is finished or stored, and what is finished is committed. So the next owner delivers nothing twice.
 *
 * Each step has its time, together less than the 35 seconds after which the process may be killed. What does not end in
 * its time, as Kafka or PostgreSQL is silent, is abandoned with a word in the log: nothing is lost by that, as rows,
 * results and offsets are what they were, so the exit code stays 0.
 */
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Producer } from 'kafkajs';
import { CatchUpTimers } from './catch-up/catch-up-timers.ts';
import { SETTINGS } from './config/config.module.ts';
import type { Role, RolesSettings } from './config/roles.settings.ts';
import { Sender } from './delivery/sender.ts';
import { HistoryService } from './history/history.service.ts';
import { Gauges } from './health/gauges.ts';
import { IntakeService } from './intake/intake.service.ts';
import { GroupPlaces } from './kafka/group-places.ts';
import { PRODUCER } from './kafka/kafka.module.ts';
import { TopicLogs } from './kafka/topic-logs.ts';
import { Lanes } from './lanes/lanes.ts';
import { MatchingService } from './matching/matching.service.ts';
import { HealthNotes } from './pipeline/health-notes.ts';
import { Notices } from './notices/notices.ts';
import { Spans } from './metrics/spans.ts';
import { PipelineService } from './pipeline/pipeline.service.ts';
import { RetryWorker } from './pipeline/retry-worker.ts';
import { ResultsService } from './results/results.service.ts';
import { RunningProcesses, type Facts } from './roles/running-processes.ts';
import { OrphanSweep } from './retries/orphan-sweep.ts';
import { RowCensus } from './retries/row-census.ts';
import { RetryWriter } from './retries/retry-writer.ts';

/**
 * Milliseconds. Those in between are the rooms' own: the last commit 3 s (`intake`), the HTTP server 2 s (`rest`), leaving
 * the group 3 s (`kafka`); then the pool of connections 1 s (`database`). All together 32 s.
 */
const WITHIN = {
  /** What quick endpoints take of what is queued, before the rest is stored. */
  finishQuickly: 2_000,
  /** Longer than a request may take by default, and what its end leads to. */
  finish: 18_000,
  closeReceivers: 1_000,
  disconnect: 2_000,
  /** Its reader leaves its group. */
  history: 3_000,
};
const POLL_MS = 20;

@Injectable()
export class Lifecycle implements BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #logger = new Logger(Lifecycle.name);

  constructor(
    @Inject(SETTINGS) private readonly settings: RolesSettings,
    private readonly processes: RunningProcesses,
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
    private readonly notices: Notices,
    private readonly sender: Sender,
    private readonly history: HistoryService,
    private readonly logs: TopicLogs,
    private readonly catchUp: CatchUpTimers,
    private readonly groupPlaces: GroupPlaces,
    private readonly census: RowCensus,
    private readonly gauges: Gauges,
    private readonly spans: Spans,
  ) {}

  /** After this, `main.ts` lets the HTTP server listen, and then the consumer join its group. */
  async start(): Promise<void> {
    this.gauges.connect();
    this.pipeline.connect();
    this.catchUp.connect();
    if (this.#sends) {
      await this.producer.connect();
      await this.matching.start();
      this.groupPlaces.start();
    }
    if (this.#has('dispatch')) {
      this.intake.start();
      this.healthNotes.start();
      this.notices.start();
      this.worker.start();
      this.catchUp.start();
      this.orphans.start();
      this.census.start();
    }
    if (this.#has('history')) await this.history.start();
    await this.processes.start(() => this.#facts());
  }

  /** Nest waits for this before it stops the consumer and the HTTP server. */
  async beforeApplicationShutdown(): Promise<void> {
    this.worker.stopClaiming();
    this.catchUp.stopReading();
    this.orphans.stop();
    this.census.stop();
    this.intake.stopFetching();
    await this.#until(() => this.intake.inFlight === 0, WITHIN.finishQuickly);
    // Also stored deliveries that have not started: given back, they need not wait for their leases to run out.
    this.lanes.spillAll();
    await this.#until(() => this.#finished, WITHIN.finish);
    this.worker.stop();
    const ends = [this.#end('the history', WITHIN.history, () => this.history.stop())];
    if (this.#has('dispatch')) {
      ends.push(
        this.intake.commitLast(),
        this.#end('saving how far cursors have come', WITHIN.disconnect, () => this.catchUp.stop()),
      );
    }
    await Promise.all(ends);
    // Test sends too: the HTTP server waits for their answers, which may be minutes away.
    await this.#end('the connections to receivers', WITHIN.closeReceivers, () => this.sender.close());
    this.#logger.log({ unfinished: this.intake.inFlight, underWay: this.lanes.running }, 'drained');
  }

  /** By now the consumer has left its group, and the HTTP server is closed. */
  async onApplicationShutdown(): Promise<void> {
    this.intake.stop();
    this.healthNotes.stop();
    this.writer.close();
    this.results.close();
    await Promise.all([
      this.#end('the row of this process', WITHIN.disconnect, () => this.processes.stop()),
      this.#end('the listener for webhook changes', WITHIN.disconnect, () => this.matching.stop()),
      this.#end('the export of traces', WITHIN.disconnect, () => this.spans.close()),
      this.#end('the notices', WITHIN.disconnect, () => this.notices.close()),
      this.#end('the producer', WITHIN.disconnect, () => this.producer.disconnect()),
      this.#end('the admin client', WITHIN.disconnect, () => this.groupPlaces.close()),
      this.#end('the readers of the logs', WITHIN.disconnect, () => this.logs.close()),
    ]);
  }

  #facts(): Facts {
    const breakers: Record<string, number> = {};
    const now = performance.now();
    for (const [webhookId, { breaker }] of this.lanes.all) {
      if (breaker.state(now) === 'closed') continue;
      const coolDownMs = breaker.coolDownMs(now);
      breakers[webhookId] = coolDownMs > 0 ? Math.round(Date.now() + coolDownMs) : 0;
    }
    return {
      instance: `${hostname()}:${process.pid}`,
      partitions: Array.from(this.intake.state.positions, ([partition]) => partition),
      breakers,
      unreadable: this.matching.unreadable,
    };
  }

  #has(role: Role): boolean {
    return this.settings.ROLES.includes(role);
  }

  /** REST makes requests too: test sends. */
  get #sends(): boolean {
    return this.#has('dispatch') || this.#has('api');
  }

  get #finished(): boolean {
    return this.intake.inFlight === 0 && this.lanes.running === 0 && this.results.idle && this.writer.idle;
  }

  async #end(what: string, withinMs: number, end: () => Promise<void>): Promise<void> {
    try {
      const ended = await Promise.race([end().then(() => true), pause(withinMs, false)]);
      if (!ended) this.#logger.warn({ withinMs }, `${what} did not end in time and is abandoned`);
    } catch (error) {
      this.#logger.warn({ err: error }, `${what} could not be ended in good order`);
    }
  }

  async #until(condition: () => boolean, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    while (!condition() && performance.now() < deadline) {
      await pause(POLL_MS);
    }
  }
}
