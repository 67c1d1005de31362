/**
 * Knows where the partitions of the events topic begin and end, and what the consumer group has committed. Kafka is asked
 * whenever a caller needs the answer of now. It is also asked every few seconds, for metrics and the route of lag: a
 * partition that is paused or has no owner is not fetched. While Kafka does not answer, what is known becomes old, and then
 * counts as unknown.
 */
import { Logger } from '@nestjs/common';
import type { Admin, Kafka } from 'kafkajs';
import type { LogReader } from './log-reader.ts';

const ASK_EVERY_MS = 5_000;
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
  #asking = false;

  constructor(
    kafka: Pick<Kafka, 'admin'>,
    private readonly log: Pick<LogReader, 'topic' | 'bounds'>,
    private readonly groupId: string,
  ) {
    this.#admin = kafka.admin({ retry: { retries: 2 } });
  }

  /** From now on the places are asked for every few seconds. */
  start(): void {
    this.#timer = setInterval(() => void this.#askAgain(), ASK_EVERY_MS).unref();
    void this.#askAgain();
  }

  async close(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
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

  async #askAgain(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      await this.ask();
    } catch (error) {
      this.#logger.debug({ err: error }, 'the places of the log are not known; the next try follows');
    } finally {
      this.#asking = false;
    }
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
