/**
 * For the metrics and the route of lag: where the partitions of the events topic end, and what the group has committed. It asks every few
 * seconds, because a partition that is paused or has no owner is not fetched.
 *
 * No other work depends on it. While Kafka does not answer, the known values become old, and then count as unknown.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Admin } from 'kafkajs';
import { SETTINGS } from '../config/config.module.ts';
import type { KafkaSettings } from './kafka.settings.ts';
import { Kafka } from './kafkajs.ts';

const ASK_EVERY_MS = 5_000;
/** Older values are not shown any more. */
const KNOWN_FOR_MS = 30_000;

export interface LogEnd {
  /** The offset that the next record will have. */
  readonly end: number;
  /** The committed offset of the group, which is the next to read; null if it has committed nothing. */
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
    // No retries: it asks again a few seconds later.
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

  /** By partition. Partitions of which nothing recent is known are missing. */
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
