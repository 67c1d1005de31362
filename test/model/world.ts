/**
 * A small world for the model test: the real tracker, assignment, backlog, lanes, deliveries and schedule, in members
 * of a group, over a log, a table of retries and a receiver that are plain data here. Everything that takes time is a
 * step that waits to be taken, so a random order of steps is a random order of events; a member can be killed, and
 * partitions move, at any moment.
 *
 * Real: `Assignment`, `OffsetTracker`, `WaitingRecords`, `ReceivedEvent`, `OrderGate`, `Lanes`, `Backlog`, `Delivery`, `nextStep`. Doubled: Kafka,
 * Postgres (`Table`, as the statements in `src/retries/` promise to behave), HTTP.
 */
import { Lanes, type LaneClock } from '../../src/lanes/lanes.ts';
import { Assignment } from '../../src/intake/assignment.ts';
import { BackPressure } from '../../src/intake/back-pressure.ts';
import { ReceivedEvent } from '../../src/intake/received-event.ts';
import { WaitingRecords } from '../../src/intake/waiting-records.ts';
import type { LogRecord } from '../../src/kafka/log-record.ts';
import type { UserEvent } from '../../src/model/event.ts';
import type { AttemptRunner, EndedAttempt } from '../../src/pipeline/attempt-runner.ts';
import { Delivery } from '../../src/pipeline/delivery.ts';
import { OrderGate } from '../../src/pipeline/order-gate.ts';
import type { DeliveryStages } from '../../src/pipeline/delivery-stages.ts';
import { Backlog } from '../../src/retries/backlog.ts';
import type { NewRow, StoredDelivery } from '../../src/retries/stored-delivery.ts';
import { sampleWebhook } from '../support/sample-webhook.ts';
import { Table } from './table.ts';

const WEBHOOK = sampleWebhook({ id: 'w' });

const NO_PRESSURE = new BackPressure({ deliveries: Infinity, bytes: Infinity }, () => undefined);

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
  /** Successful requests, in order of arrival. */
  readonly successes: { id: string; user: string }[] = [];
  readonly steps: Step[] = [];
  time = 0;
  failing = false;
  /** Whether the secrets of the webhook can be read; otherwise its events wait. */
  usable = true;

  produce(user: string, partition: number): void {
    const offset = this.log.filter((event) => event.partition === partition).length;
    this.log.push({ id: `p${partition}-${offset}`, user, partition, offset });
  }

  after(step: Step): void {
    this.steps.push(step);
  }
}

/** One process of the service. */
export class Member {
  readonly #assignment = new Assignment();
  readonly #waiting = new WaitingRecords({ records: 100, bytes: Infinity });
  readonly #backlog = new Backlog();
  readonly #lanes: Lanes;
  readonly #gate: OrderGate;
  readonly #stages: DeliveryStages;
  readonly #position = new Map<number, number>();
  readonly #leased = new Set<string>();
  #queue: Step[] = [];
  #alive = true;

  constructor(
    readonly name: string,
    private readonly world: World,
  ) {
    const clock: LaneClock = {
      now: () => world.time,
      after: (ms, callback) => {
        const at = world.time + ms;
        this.#later(() => {
          world.time = Math.max(world.time, at);
          callback();
        });
      },
    };
    this.#lanes = new Lanes(8, () => ({ limit: 6, ratePerSecond: null }), clock);
    this.#gate = new OrderGate(this.#lanes, {
      backlog: this.#backlog,
      store: (row, done) => {
        this.#store(row, done);
      },
    });
    this.#stages = {
      attempts: this.#attempts(),
      currentWebhook: () => (world.usable ? WEBHOOK : null),
      isEnabled: () => true,
      scheduleMs: () => SCHEDULE_MS,
      store: (row, stored) => {
        this.#store(row, stored);
      },
      conclude: (conclusion, written) => {
        this.#write(() => {
          world.table.conclude(conclusion, name);
          this.#leased.delete(conclusion.deliveryId);
          written();
        });
      },
      noteHealth: () => undefined,
    };
  }

  get partitions(): readonly number[] {
    return this.#assignment.partitions;
  }

  /** kill -9: nothing of it happens any more; its leases run out. */
  kill(): void {
    this.#alive = false;
    this.world.table.expireLeases(this.name);
  }

  assign(partitions: readonly number[]): void {
    this.#assignment.assign(this.name, partitions);
    this.#waiting.dropRevoked();
    for (const partition of partitions)
      this.#position.set(partition, this.world.committed.get(partition) ?? 0);
    this.#backlog.forget();
    this.look();
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
    const from = this.#position.get(partition) ?? 0;
    const records = this.world.log.filter((event) => event.partition === partition).slice(from, from + count);
    const [first] = records;
    const tracker = first && this.#assignment.trackerFor(partition, first.offset);
    if (!tracker) return;
    this.#position.set(partition, from + records.length);
    const offsets = records.map(({ offset }) => offset);
    const fresh = new Set(tracker.receive(offsets, offsets.at(-1) ?? 0));
    for (const event of records.filter(({ offset }) => fresh.has(offset))) {
      const record = { value: event } as unknown as LogRecord;
      this.#waiting.add({ record, partition, offset: event.offset, tracker });
      this.#later(() => {
        this.#begin();
      });
    }
  }

  #begin(): void {
    const waiting = this.#waiting.next();
    if (!waiting) return;
    waiting.tracker.begin();
    const event = waiting.record.value as unknown as LoggedEvent;
    this.#accept(new ReceivedEvent(toUserEvent(event), waiting.tracker, waiting.offset, NO_PRESSURE));
  }

  commit(): void {
    for (const [partition, { offset, tracker }] of this.#assignment.committable()) {
      this.world.committed.set(partition, offset);
      tracker.committed(offset);
    }
  }

  /** Claims due rows, as `RetryWorker` does. */
  claim(count: number): void {
    this.look();
    if (!this.world.usable) return;
    const places = this.#lanes.placesFor(WEBHOOK.id);
    for (const row of this.world.table.claim(this.name, Math.min(count, places), this.#leased)) {
      this.#leased.add(row.deliveryId);
      this.#lanes.submit(new Delivery(this.#stages, row, null, () => undefined));
    }
  }

  relieve(): void {
    this.#lanes.spillAll();
  }

  #accept(received: ReceivedEvent): void {
    const { event } = received;
    const delivery: StoredDelivery = {
      deliveryId: event.id,
      webhookId: WEBHOOK.id,
      orderKey: event.orderKey,
      attempts: 0,
      event,
    };
    const finished = (): void => {
      received.deliveryFinished();
    };
    received.fanOut(1);
    const work = new Delivery(this.#stages, delivery, received, finished);
    this.#gate.enter({ stored: delivery, delivery: work, finished });
  }

  #store(row: NewRow, done: (stored: boolean) => void): void {
    this.#backlog.storing(WEBHOOK.id);
    if (row.as === 'sending') this.#leased.add(row.delivery.deliveryId);
    this.#write(() => {
      done(this.world.table.store(row, this.name));
      this.#backlog.stored(WEBHOOK.id);
    });
  }

  /** Writes are done in the order they were asked for, each at a moment of its own. */
  #write(step: Step): void {
    this.#queue.push(step);
    this.#later(() => {
      this.#queue.shift()?.();
    });
  }

  #attempts(): AttemptRunner {
    const run: AttemptRunner['run'] = (order, done) => {
      this.#later(() => {
        const delivered = !this.world.failing;
        const user = order.event.body.toString();
        if (delivered) this.world.successes.push({ id: order.event.id, user });
        const verdict = {
          delivered,
          statusCode: delivered ? 200 : 500,
          errorCode: null,
          errorMessage: null,
          responseBody: null,
          bodyCut: false,
          retryAfter: undefined,
        };
        // The answer may be on its way when the process dies.
        this.#later(() => {
          done({ ...order, verdict, startedAt: 0, durationMs: 0 } satisfies EndedAttempt);
        });
      });
    };
    const publish = (
      _ended: EndedAttempt,
      _outcome: string,
      _next: number | null,
      acknowledged: Step,
    ): void => {
      this.#later(acknowledged);
    };
    return { run, publish } as unknown as AttemptRunner;
  }

  #later(step: Step): void {
    this.world.after(() => {
      if (this.#alive) step();
    });
  }
}

function toUserEvent({ id, user, partition, offset }: LoggedEvent): UserEvent {
  return {
    id,
    idScope: '',
    type: 'user_created',
    timestamp: '2026-11-24T10:00:00Z',
    username: user,
    orderKey: user,
    body: Buffer.from(user),
    trace: null,
    source: { topic: 'user-events', partition, offset: String(offset) },
  };
}
