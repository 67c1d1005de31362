/**
 * Sends notices to their topic, as CloudEvents in binary mode, with the webhook's id as key. It has a producer of its
 * own. So a topic that is missing or denied cannot disturb the producer of results. It connects with the first notice.
 */
import type { IHeaders, Kafka, Producer } from 'kafkajs';
import { createKafka, REQUEST_TIMEOUT_MS } from '../kafka/kafka-client.ts';
import type { KafkaSettings } from '../kafka/kafka.settings.ts';
import { logLevel } from '../kafka/kafkajs.ts';
import { refusalOf } from '../kafka/outgoing-record.ts';
import { rightsToWrite } from '../kafka/rights.ts';
import { kafkaReason } from '../kafka/trouble.ts';
import { ceType, SOURCE } from './cloud-event.ts';
import type { Notice } from './notice.ts';
import type { Way } from './notice-channel.ts';

const DELAYS_MS = [1_000, 2_000, 5_000, 15_000, 60_000];

export class TopicWay implements Way {
  readonly to = 'topic';
  readonly delaysMs = DELAYS_MS;
  /** It is tried until newer notices push it out, because a broker may be away for long. */
  readonly tries = Infinity;
  readonly #kafka: Kafka;
  #producer: Promise<Producer> | null = null;

  constructor(
    readonly place: string,
    private readonly settings: KafkaSettings,
  ) {
    // The channel logs failures.
    this.#kafka = createKafka(settings, { retry: { retries: 1 }, logLevel: logLevel.NOTHING });
  }

  async send(notice: Notice): Promise<void> {
    const producer = await this.#connected();
    await producer.send({
      topic: this.place,
      acks: -1,
      timeout: REQUEST_TIMEOUT_MS * 0.8,
      messages: [toRecord(notice)],
    });
  }

  explain(error: unknown): ReturnType<Way['explain']> {
    const why = kafkaReason(error, this.settings, rightsToWrite(this.place));
    return { why: why ?? reasonOf(error), hopeless: refusalOf(error) !== null };
  }

  async close(): Promise<void> {
    const producer = await this.#producer?.catch(() => null);
    await producer?.disconnect();
  }

  #connected(): Promise<Producer> {
    this.#producer ??= this.#connect().catch((error: unknown) => {
      this.#producer = null;
      throw error;
    });
    return this.#producer;
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer({ allowAutoTopicCreation: false });
    await producer.connect();
    return producer;
  }
}

/** The key keeps the notices of one webhook in order. For dead letters it is the topic they were read from. */
export function toRecord(notice: Notice): { key: string; value: string; headers: IHeaders } {
  return {
    key: notice.webhook_id ?? notice.dead_letters[0]?.topic ?? notice.type,
    value: JSON.stringify(notice),
    headers: {
      ce_specversion: '1.0',
      ce_id: notice.id,
      ce_type: ceType(notice),
      ce_source: SOURCE,
      ce_time: notice.time,
      'content-type': 'application/json',
    },
  };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
