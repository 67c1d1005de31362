/**
 * Where the partitions of the events topic end, and what the group has committed of them, for the metrics and the route of lag.
 * Asked for every few seconds, as nothing is fetched of a partition that is paused, or belongs to nobody.
 *
 * Nothing hangs on it: while Kafka does not answer, what is known grows old and then counts as unknown.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Admin } from 'kafkajs';
import { SETTINGS } from '../config/config.module.ts';
import type { KafkaSettings } from './kafka.settings.ts';
import { Kafka } from './kafkajs.ts';

const ASK_EVERY_MS = 5_000;
/** Older than this, it says nothing of now. */
const KNOWN_FOR_MS = 30_000;

export interface LogEnd {
  /** The offset that the next record will have. */
  readonly end: number;
  /** The next offset to be read, of the group; null where it has committed nothing. */
  readonly committed: number | null;
}

@Injectable()
export class LogEnds {
  readonly #logger = new Logger(LogEnds.name);
  readonly #admin: Admin;
  #ends: ReadonlyMap<number, LogEnd> = new Map();
  #askedAt = -Infinity;
  #timer: NodeJS.Timeout | null = null;
  #asking = false;
  #connected = false;

  constructor(
    kafka: Kafka,
    @Inject(SETTINGS) private readonly settings: KafkaSettings,
  ) {
    // The next time it is asked is its retry.
    this.#admin = kafka.admin({ retry: { retries: 0 } });
  }

  start(): void {
    const ask = (): void => void this.#askGuarded();
    this.#timer = setInterval(ask, ASK_EVERY_MS).unref();
    ask();
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#admin.disconnect();
  }

  /** By partition; of partitions that nothing is known of now there is none. */
  get known(): ReadonlyMap<number, LogEnd> {
    return performance.now() - this.#askedAt < KNOWN_FOR_MS ? this.#ends : new Map();
  }

  async #askGuarded(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    try {
      await this.#ask();
    } catch (error) {
      this.#connected = false;
      this.#logger.debug({ err: error }, 'the ends of the log could not be asked for; the next try follows');
    } finally {
      this.#asking = false;
    }
  }

  async #ask(): Promise<void> {
    const { USER_EVENTS_TOPIC: topic, KAFKA_GROUP_ID: groupId } = this.settings;
    if (!this.#connected) await this.#admin.connect();
    this.#connected = true;
    const ends = await this.#admin.fetchTopicOffsets(topic);
    const [ofTopic] = await this.#admin.fetchOffsets({ groupId, topics: [topic] });
    const committed = new Map(
      (ofTopic?.partitions ?? []).map(({ partition, offset }) => [partition, Number(offset)]),
    );
    this.#ends = new Map(
      ends.map(({ partition, high }) => {
        const offset = committed.get(partition) ?? -1;
        return [partition, { end: Number(high), committed: offset < 0 ? null : offset }];
      }),
    );
    this.#askedAt = performance.now();
  }
}
