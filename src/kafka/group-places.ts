/**
 * Knows where the partitions of the events topic begin and end, and what the consumer group has committed. Kafka is asked
 * whenever a caller needs the answer of now. It is also asked every few seconds, for metrics and the route of lag: a
 * partition that is paused or has no owner is not fetched. While Kafka does not answer, what is known becomes old, and then
 * counts as unknown. Then Kafka is asked less often: a process may lack the right for good, and works without it.
 */
import { Logger } from '@nestjs/common';
import type { Admin, Kafka } from 'kafkajs';
import type { LogReader } from './log-reader.ts';

const ASK_EVERY_MS = 5_000;
const ASK_AGAIN_AFTER_MS = { first: 10_000, most: 30_000 };
/** A broker that restarts is no reason for a warning. */
const SAID_AT_FAILURE = 2;
/** Older answers count as unknown. */
const KNOWN_FOR_MS = 30_000;

export interface GroupPlace {
  /** The committed offset of the group, which is the next to read; null if it has committed nothing. */
  readonly committed: number | null;
  /** The first offset of the log, and the offset that the next record will have. */
  readonly low: number;
  readonly high: number;
}

/** By partition. */
export type Places = ReadonlyMap<number, GroupPlace>;

export class GroupPlaces {
  readonly #logger = new Logger(GroupPlaces.name);
  readonly #admin: Admin;
  #connected: Promise<void> | null = null;
  #next: Promise<Places> | null = null;
  #last: Places = new Map();
  #askedAt = -Infinity;
  #timer: NodeJS.Timeout | null = null;
  #failures = 0;
  #closed = false;

  constructor(
    kafka: Pick<Kafka, 'admin'>,
    private readonly log: Pick<LogReader, 'topic' | 'bounds'>,
    private readonly groupId: string,
  ) {
    this.#admin = kafka.admin({ retry: { retries: 2 } });
  }

  /** From now on the places are asked for every few seconds. */
  start(): void {
    void this.#askRegularly();
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#admin.disconnect();
  }

  /** As Kafka answered last; empty if that is too long ago. */
  get known(): Places {
    return performance.now() - this.#askedAt < KNOWN_FOR_MS ? this.#last : new Map();
  }

  /** As they are now. Callers of the same turn of the event loop share one request. */
  ask(): Promise<Places> {
    this.#next ??= new Promise<void>((resolve) => {
      setImmediate(resolve);
    }).then(() => {
      this.#next = null;
      return this.#ask();
    });
    return this.#next;
  }

  async #askRegularly(): Promise<void> {
    try {
      await this.ask();
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      if (this.#failures === SAID_AT_FAILURE) this.#say(error);
    }
    if (!this.#closed) this.#timer = setTimeout(() => void this.#askRegularly(), this.#nextInMs).unref();
  }

  get #nextInMs(): number {
    if (this.#failures === 0) return ASK_EVERY_MS;
    return Math.min(ASK_AGAIN_AFTER_MS.first * 2 ** (this.#failures - 1), ASK_AGAIN_AFTER_MS.most);
  }

  #say(error: unknown): void {
    this.#logger.warn(
      { err: error },
      `the lag is not known: Kafka does not answer, or denies this client DESCRIBE on topic ${this.log.topic} or on group ${this.groupId}`,
    );
  }

  async #ask(): Promise<Places> {
    const { topic } = this.log;
    try {
      await (this.#connected ??= this.#admin.connect());
      const [group] = await this.#admin.fetchOffsets({ groupId: this.groupId, topics: [topic] });
      const committed = new Map(
        group?.partitions.map(({ partition, offset }) => [partition, Number(offset)]),
      );
      // The log is asked second: what is committed cannot be beyond its end then.
      const bounds = await this.log.bounds();
      this.#last = new Map(
        [...bounds].map(([partition, { low, high }]) => {
          const offset = committed.get(partition) ?? -1;
          return [partition, { committed: offset < 0 ? null : offset, low, high }];
        }),
      );
      this.#askedAt = performance.now();
      return this.#last;
    } catch (error) {
      // The next try connects again, to whichever broker is there then.
      this.#connected = null;
      throw error;
    }
  }
}
