/**
 * A small world for the model test: the service's own intake and pipeline, in members of a group, over a log, a table of
 * retries and a receiver that are plain data here. Everything that takes time is a step that waits to be taken, so a
 * random order of steps is a random order of events. A member can be killed, and partitions move, at any moment.
 *
 * Real: `IntakeService`, `PipelineService`, `CatchUp`, `Deliveries`, `Lanes`, `Backlog`, and all that they are made of.
 * Doubled: Kafka's consumer and the reading of its log, PostgreSQL (`Table` and `Cursors`, as the statements in
 * `src/retries/` and `src/catch-up/` promise to behave), the request.
 */
import { Allowance } from '../../src/catch-up/allowance.ts';
import { CatchUp } from '../../src/catch-up/catch-up.ts';
import type { CatchUpParts } from '../../src/catch-up/catch-up-parts.ts';
import type { CursorStore } from '../../src/catch-up/cursor-store.ts';
import type { CursorParts } from '../../src/catch-up/run.ts';
import { IntakeService } from '../../src/intake/intake.service.ts';
import { Lanes } from '../../src/lanes/lanes.ts';
import { WebhookIndex } from '../../src/matching/webhook-index.ts';
import { Metrics } from '../../src/metrics/metrics.ts';
import type { Attempt } from '../../src/model/attempt.ts';
import type { Webhook } from '../../src/model/webhook.ts';
import { Deliveries } from '../../src/pipeline/deliveries.ts';
import type { Stages } from '../../src/pipeline/delivery-run.ts';
import { PipelineService, type PipelineParts } from '../../src/pipeline/pipeline.service.ts';
import { Backlog } from '../../src/retries/backlog.ts';
import { sampleWebhook } from '../support/sample-webhook.ts';
import { Consumer, recordsFrom } from './consumer.ts';
import { Cursors } from './cursors.ts';
import { retriesOf } from './retries.ts';
import { Table } from './table.ts';

/** All that goes wrong with receivers goes wrong with the first; the other one is what it must give way to when slow. */
export const WEBHOOK_IDS = ['w', 'quick', 'late'] as const;
/** It is made while the others are at work, and starts from before. */
const LATE = 'late';

/** Small, so that random orders come to them. */
const LIMITS = { inWork: { deliveries: 12, bytes: 1_000_000 }, fetched: { records: 20, bytes: 1_000_000 } };
const RETRY_AFTER_MS = 2_000;
const UNEXPLAINED = { errorCode: null, errorMessage: null, responseBody: null, bodyCut: false };
/** Enough attempts that nothing is given up. */
const SCHEDULE_MS = Array.from({ length: 10_000 }, () => 100);

export interface LoggedEvent {
  readonly id: string;
  readonly user: string;
  readonly partition: number;
  readonly offset: number;
}

/** Something that will happen, when it is chosen. */
export type Step = () => void;
export class World {
  readonly log: LoggedEvent[] = [];
  readonly committed = new Map<number, number>();
  readonly table = new Table();
  readonly cursors = new Cursors();
  /** Whether the webhook `w` is paused. */
  paused = false;
  /** By partition, from which offset on the webhook `late` is to get events; null while it is not made. */
  startsFrom: ReadonlyMap<number, number> | null = null;
  /** Stretches that `w` is to be sent again, with how many successes there were when it was asked for. */
  readonly replays: { partition: number; from: number; end: number; user: string | null; since: number }[] =
    [];
  /** Successful requests, in order of arrival. */
  readonly successes: { id: string; user: string; webhookId: string }[] = [];
  readonly steps: Step[] = [];
  time = 0;
  failing = false;
  /** How long an answer takes by the clock. */
  answersAfterMs = 0;
  /** Whether the receiver asks to be left alone: it answers 429 with `Retry-After`. */
  asking = false;
  /** Requests that came while they were not to. */
  readonly intrusions: string[] = [];
  /** Whether the secrets of the webhook can be read; otherwise its events wait. */
  usable = true;

  produce(user: string, partition: number): void {
    const offset = this.log.filter((event) => event.partition === partition).length;
    this.log.push({ id: `p${partition}-${offset}`, user, partition, offset });
  }

  after(step: Step): void {
    this.steps.push(step);
  }

  /** REST makes the webhook `late`, to start from some place in each partition. */
  makeLate(share: number): void {
    if (this.startsFrom) return;
    this.startsFrom = new Map([0, 1].map((at) => [at, Math.floor(this.lengthOf(at) * share)]));
    for (const [partition, next] of this.startsFrom)
      this.cursors.add({ webhookId: LATE, partition, next, end: null }, { kind: 'start_from' });
  }

  /** REST asks for a stretch of the log again. */
  replay(partition: number, from: number, count: number, user: string | null): void {
    const end = Math.min(from + count, this.lengthOf(partition));
    if (end <= from) return;
    this.replays.push({ partition, from, end, user, since: this.successes.length });
    this.cursors.add({ webhookId: 'w', partition, next: from, end }, { username: user });
  }

  webhooks(): ReadonlyMap<string, Webhook | null> {
    return new Map(
      WEBHOOK_IDS.map((id) => [
        id,
        id === LATE && !this.startsFrom ? null : sampleWebhook({ id, paused: id === 'w' && this.paused }),
      ]),
    );
  }

  lengthOf(partition: number): number {
    return this.log.filter((event) => event.partition === partition).length;
  }
}

/** One process of the service. */
export class Member {
  readonly #backlog = new Backlog();
  readonly #lanes: Lanes;
  readonly #deliveries: Deliveries;
  readonly #pipeline: PipelineService;
  readonly #intake: IntakeService;
  readonly #consumer: Consumer;
  readonly #leased = new Set<string>();
  readonly #index = new WebhookIndex();
  readonly #catchUp: CatchUp;
  #queue: Step[] = [];
  #looks = 0;
  #learnt = 0;
  /** Until when its receiver asked it to be left alone, as far as it has learnt. */
  #heldUntil = 0;
  #alive = true;

  constructor(
    readonly name: string,
    private readonly world: World,
  ) {
    this.#lanes = new Lanes(8, () => ({ limit: 6, ratePerSecond: null }), {
      now: () => world.time,
      after: (ms, callback) => {
        const at = world.time + ms;
        this.#later(() => {
          world.time = Math.max(world.time, at);
          callback();
        });
      },
    });
    this.#index.replace(world.webhooks());
    const retries = retriesOf({
      table: world.table,
      name,
      backlog: this.#backlog,
      leased: this.#leased,
      write: (step) => {
        this.#write(step);
      },
      later: (step) => {
        this.#later(step);
      },
      answer: (work) => this.#answer(work),
    });
    const webhooks = this.#webhooks();
    this.#deliveries = new Deliveries({
      attempts: this.#attempts(),
      webhooks,
      retries,
      health: { note: () => undefined },
      scheduleMs: SCHEDULE_MS,
      clock: { now: () => world.time, elapsed: () => world.time, random: () => 0.5 },
    });
    this.#consumer = new Consumer(world);
    this.#intake = new IntakeService(this.#consumer, this.#consumer.deadLetters, LIMITS, (callback) => {
      this.#later(callback);
    });
    this.#pipeline = new PipelineService({
      intake: this.#intake,
      matching: { onChanged: () => undefined },
      webhooks,
      lanes: this.#lanes,
      retries,
      worker: {
        poll: () => {
          this.look();
          return Promise.resolve();
        },
      },
      deliveries: this.#deliveries,
      metrics: new Metrics(),
      notices: { deadLetter: () => undefined },
    });
    this.#pipeline.connect();
    this.#catchUp = new CatchUp({
      store: this.#store(),
      webhooks,
      cursors: {
        log: this.#log(),
        pipeline: this.#pipeline,
        allowance: new Allowance(this.#lanes, { deliveries: 8, bytes: 1_000_000, batches: 3 }),
        elapsed: () => world.time,
      },
      recovery: { revive: () => Promise.resolve(null) },
      backlog: this.#backlog,
      soon: (callback) => {
        this.#later(callback);
      },
      after: (_ms, callback) => {
        this.#later(callback);
      },
    });
    this.#intake.prepareBy(this.#catchUp);
  }

  /** Learns of the webhooks: what is read is of one moment, and is taken in at another. */
  learn(): void {
    this.#later(() => {
      const webhooks = this.world.webhooks();
      const behindOn = new Map(WEBHOOK_IDS.map((id) => [id, this.world.cursors.endlessOf(id)]));
      const look = (this.#looks += 1);
      this.#later(() => {
        // One load after another: what is older is not taken in.
        if (look < this.#learnt) return;
        this.#learnt = look;
        const before = new Map(WEBHOOK_IDS.map((id) => [id, this.#index.find(id)]));
        this.#index.replace(webhooks);
        this.#catchUp.changed(
          WEBHOOK_IDS.map((id) => {
            const after = this.#index.find(id);
            return { id, before: before.get(id) ?? null, after, behindOn: behindOn.get(id) ?? [] };
          }),
        );
      });
    });
  }

  /** The timers of catch-up. */
  catchUp(what: 'tick' | 'poll' | 'save'): void {
    void this.#catchUp[what]();
  }

  get partitions(): readonly number[] {
    return this.#consumer.partitions;
  }

  /** kill -9: nothing of it happens any more; its leases run out. */
  kill(): void {
    this.#alive = false;
    this.#consumer.end();
    this.world.table.expireLeases(this.name);
  }

  assign(partitions: readonly number[]): void {
    this.#intake.rebalancing();
    this.#consumer.join(this.name, partitions);
  }

  /** A look at the table: what it sees is of the moment it is begun. */
  look(): void {
    const look = this.#backlog.beginLook();
    const seen = this.world.table.liveWebhooks();
    this.#later(() => {
      this.#backlog.looked(look, seen);
    });
  }

  /** Reads some records of a partition it owns. */
  fetch(partition: number, count: number): void {
    const batch = this.#consumer.read(partition, count);
    if (batch) this.#intake.receive(batch);
  }

  async commit(): Promise<void> {
    await this.#intake.commit();
  }

  /** Claims due rows, of each webhook as many as it has places for. */
  claim(count: number): void {
    this.look();
    if (!this.world.usable) return;
    for (const webhookId of WEBHOOK_IDS) {
      if (!this.#index.find(webhookId)) continue;
      const most = Math.min(count, this.#lanes.placesFor(webhookId));
      for (const row of this.world.table.claim(this.name, most, { webhookId, leased: this.#leased })) {
        this.#leased.add(row.id);
        this.#lanes.submit(this.#deliveries.stored(row, () => undefined));
      }
    }
  }

  /** As when memory is short, and as when the process ends. */
  relieve(): void {
    this.#pipeline.relieve();
    this.#lanes.spillAll();
  }

  #store(): CursorStore {
    const { cursors, committed } = this.world;
    return {
      claim: ({ partition, token }) =>
        this.#answer(() => ({
          cursors: cursors.claim(partition, token),
          // Where nothing is committed, it may not be known before something was read.
          before: { givenUp: 0, read: this.world.lengthOf(partition) },
          begins: committed.get(partition) ?? (this.world.lengthOf(partition) > 0 ? null : 0),
        })),
      list: (partitions) => this.#answer(() => cursors.list(partitions)),
      write: (changes) => this.#answer(() => cursors.write(changes)),
    };
  }

  #log(): CursorParts['log'] {
    return {
      topic: 'user-events',
      read: (partition, offset) => this.#answer(() => recordsFrom(this.world, partition, offset)),
    };
  }

  /** Another process is asked: it does it at one moment, and its answer comes at another. */
  #answer<Answer>(work: () => Answer): Promise<Answer> {
    return new Promise((resolve) => {
      this.#later(() => {
        const answer = work();
        this.#later(resolve.bind(undefined, answer));
      });
    });
  }

  #webhooks(): Stages['webhooks'] & PipelineParts['webhooks'] & CatchUpParts['webhooks'] {
    const index = this.#index;
    return {
      get paused() {
        return [...index.paused];
      },
      match: (trigger) => index.match(trigger),
      find: (id) => (this.world.usable ? index.find(id) : null),
      known: (id) => index.known(id),
      isEnabled: (id) => index.isEnabled(id),
    };
  }

  #write(step: Step): void {
    this.#queue.push(step);
    this.#later(() => {
      this.#queue.shift()?.();
    });
  }

  #attempts(): Stages['attempts'] {
    return {
      run: (delivery, webhook, done) => {
        const { world } = this;
        const ill = webhook.id === 'w';
        if (ill && world.time < this.#heldUntil) world.intrusions.push(delivery.event.id);
        this.#later(() => {
          const asks = ill && world.asking;
          const delivered = !asks && !(ill && world.failing);
          const { username } = JSON.parse(delivery.event.body.toString()) as { username: string };
          if (delivered)
            world.successes.push({ id: delivery.event.id, user: username, webhookId: webhook.id });
          const verdict = {
            delivered,
            statusCode: delivered ? 200 : asks ? 429 : 500,
            ...UNEXPLAINED,
            retryAfter: asks ? String(RETRY_AFTER_MS / 1_000) : undefined,
          };
          // The answer may be on its way when the process dies.
          this.#later(() => {
            if (ill) world.time += world.answersAfterMs;
            if (verdict.retryAfter !== undefined) this.#heldUntil = world.time + RETRY_AFTER_MS;
            done({ delivery, webhook, number: delivery.attempts + 1, verdict, startedAt: 0, durationMs: 0 });
          });
        });
        return 0;
      },
      publish: (_ended, _outcome, _nextAttemptInMs, recorded) => {
        this.#later(recorded);
        return {} as Attempt;
      },
    };
  }

  #later(step: Step): void {
    this.world.after(() => {
      if (this.#alive) step();
    });
  }
}
