/**
 * Reads the results topic from its current end on. Uses a consumer group of its own, and deletes it afterwards. Whoever
 * reads picks the records of its webhook.
 */
import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { Attempt } from '../../src/model/attempt.ts';

export interface Results {
  /** All records since reading began, of every webhook. */
  readonly attempts: readonly Attempt[];
  close(): Promise<void>;
}

export async function readResults(kafka: Kafka, topic: string): Promise<Results> {
  const groupId = `user-webhooks-demo-${randomUUID()}`;
  const admin = kafka.admin();
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 250, allowAutoTopicCreation: false });
  const close = async (): Promise<void> => {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect();
  };
  try {
    await admin.connect();
    const ends = await admin.fetchTopicOffsets(topic);
    const attempts: Attempt[] = [];
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    await consumer.run({
      autoCommit: false,
      eachMessage: ({ message }) => {
        if (message.value !== null) attempts.push(JSON.parse(message.value.toString()) as Attempt);
        return Promise.resolve();
      },
    });
    for (const { partition, high } of ends) consumer.seek({ topic, partition, offset: high });
    return { attempts, close };
  } catch (error) {
    await close();
    throw error;
  }
}
