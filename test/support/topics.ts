/** The topics of one test file, written to and read with a plain kafkajs client. */
import { randomUUID } from 'node:crypto';
import {
  CompressionTypes,
  Partitioners,
  type Consumer,
  type Kafka,
  type KafkaMessage,
  type Message,
  type Producer,
} from 'kafkajs';
import { inject } from 'vitest';
import { createClient } from '../../dev/kafka-client.ts';
import { eventually } from './eventually.ts';
import type { Attempt } from '../../src/model/attempt.ts';
import { noticeSchema, type Notice } from '../../src/notices/notice.ts';

export interface UserEventValue {
  readonly id: string;
  readonly type: string;
  readonly timestamp: string;
  readonly data: Record<string, unknown>;
}

/** A well-formed event of a user. */
export function userEvent(username: string, values: Partial<UserEventValue> = {}): UserEventValue {
  return {
    id: `evt_${randomUUID()}`,
    type: 'user_created',
    timestamp: new Date().toISOString(),
    ...values,
    data: { username, email: `${username}@example.com`, groups: ['staff'], ...values.data },
  };
}

/** So many events of each user, the users in turn. @param types take turns as well. */
export function eventsOf(
  users: number,
  perUser: number,
  types: readonly string[] = ['user_created', 'user_modified', 'user_keys'],
): UserEventValue[] {
  return Array.from({ length: users * perUser }, (_, index) =>
    userEvent(`user-${index % users}`, { type: types[index % types.length] ?? '', data: { index } }),
  );
}

export class Topics {
  readonly events: string;
  readonly deliveries: string;
  readonly deadLetters: string;
  readonly notices: string;
  readonly group: string;
  readonly kafka: Kafka;
  readonly #producer: Producer;
  readonly #consumers: Consumer[] = [];

  constructor(readonly brokers: string = inject('kafkaBrokers')) {
    const suffix = randomUUID().slice(0, 8);
    this.events = `user-events-${suffix}`;
    this.deliveries = `webhook-deliveries-${suffix}`;
    this.deadLetters = `user-events-dead-letter-${suffix}`;
    this.notices = `webhook-notices-${suffix}`;
    this.group = `user-webhooks-${suffix}`;
    this.kafka = createClient(brokers);
    this.#producer = this.kafka.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      allowAutoTopicCreation: false,
      // With several brokers, kafkajs' own repeats leave records out (`src/kafka/patches/send-anew.ts`).
      ...(brokers.includes(',') ? { retry: { retries: 0 }, metadataMaxAge: 1_000 } : {}),
    });
  }

  /** What the service needs to use these topics. */
  get environment(): Record<string, string> {
    return {
      KAFKA_BROKERS: this.brokers,
      KAFKA_GROUP_ID: this.group,
      USER_EVENTS_TOPIC: this.events,
      DELIVERIES_TOPIC: this.deliveries,
      DEAD_LETTER_TOPIC: this.deadLetters,
      NOTICES_TOPIC: this.notices,
      CREATE_TOPICS: 'true',
    };
  }

  async create(partitions = 8): Promise<void> {
    const admin = this.kafka.admin();
    await admin.connect();
    const topics = [this.events, this.deliveries, this.deadLetters, this.notices];
    await admin.createTopics({
      waitForLeaders: false,
      topics: topics.map((topic) => ({ topic, numPartitions: topic === this.notices ? 1 : partitions })),
    });
    await eventually(() => admin.fetchTopicMetadata({ topics }));
    await admin.disconnect();
  }

  /** Writes events keyed by user name. */
  async produce(...events: UserEventValue[]): Promise<void> {
    await this.write(
      events.map((event) => ({ key: String(event.data['username']), value: JSON.stringify(event) })),
    );
  }

  async produceInLots(events: readonly UserEventValue[]): Promise<void> {
    for (let at = 0; at < events.length; at += 500) await this.produce(...events.slice(at, at + 500));
  }

  async write(messages: Message[], compression = CompressionTypes.None): Promise<void> {
    await this.#producer.connect();
    await this.#producer.send({ topic: this.events, acks: -1, messages, compression });
  }

  /** Deletes the records of the events topic (or another) before an offset, as retention does; -1: all. */
  async forget(partition: number, before: number, topic = this.events): Promise<void> {
    const admin = this.kafka.admin();
    await admin.connect();
    // Without it kafkajs does not know whom to ask.
    await admin.fetchTopicMetadata({ topics: [topic] });
    // Other partitions of a topic that was just made may have no leader yet.
    await eventually(() =>
      admin.deleteTopicRecords({
        topic,
        partitions: [{ partition, offset: String(before) }],
      }),
    );
    await admin.disconnect();
  }

  /** The attempts on the results topic, filled as they come, from its beginning. */
  async readAttempts(): Promise<{ attempt: Attempt; message: KafkaMessage }[]> {
    const attempts: { attempt: Attempt; message: KafkaMessage }[] = [];
    await this.#read(this.deliveries, (message) => {
      attempts.push({ attempt: JSON.parse(message.value?.toString() ?? '') as Attempt, message });
    });
    return attempts;
  }

  async readDeadLetters(): Promise<KafkaMessage[]> {
    const messages: KafkaMessage[] = [];
    await this.#read(this.deadLetters, (message) => messages.push(message));
    return messages;
  }

  /** The notices on their topic, filled as they come, from its beginning. */
  async readNotices(): Promise<{ notice: Notice; message: KafkaMessage }[]> {
    const notices: { notice: Notice; message: KafkaMessage }[] = [];
    await this.#read(this.notices, (message) => {
      notices.push({ notice: noticeSchema.parse(JSON.parse(message.value?.toString() ?? '')), message });
    });
    return notices;
  }

  /** Where each event stands on the events topic (the last time it stands there), filled as they come. */
  async readPositions(): Promise<Map<string, { partition: number; offset: number }>> {
    const positions = new Map<string, { partition: number; offset: number }>();
    await this.#read(this.events, (message, partition) => {
      const { id } = JSON.parse(message.value?.toString() ?? '') as UserEventValue;
      positions.set(id, { partition, offset: Number(message.offset) });
    });
    return positions;
  }

  /** Sum over the partitions of the offsets that the service's group has committed. */
  async committed(): Promise<number> {
    const admin = this.kafka.admin();
    await admin.connect();
    const [offsets] = await admin.fetchOffsets({ groupId: this.group, topics: [this.events] });
    await admin.disconnect();
    return (offsets?.partitions ?? []).reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
  }

  async close(): Promise<void> {
    await Promise.all([
      this.#producer.disconnect(),
      ...this.#consumers.map((consumer) => consumer.disconnect()),
    ]);
  }

  async #read(topic: string, onMessage: (message: KafkaMessage, partition: number) => void): Promise<void> {
    const consumer = this.kafka.consumer({
      groupId: `test-${randomUUID()}`,
      maxWaitTimeInMs: 50,
      retry: { retries: 30, maxRetryTime: 1_000 },
    });
    this.#consumers.push(consumer);
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatch: ({ batch }) => {
        for (const message of batch.messages) onMessage(message, batch.partition);
        return Promise.resolve();
      },
    });
  }
}
