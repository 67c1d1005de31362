import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
// kafkajs as the service uses it, with this change in it.
import { KafkaJSNonRetriableError, KafkaJSProtocolError } from '../kafkajs.ts';

const require = createRequire(import.meta.url);

interface Entry {
  readonly topic: string;
  readonly partitions: readonly { partition: number; messages: readonly { value: string }[] }[];
}

type Send = (given: { acks: number; topicMessages: readonly object[] }) => Promise<unknown>;

/** Two brokers; which of them leads which partition changes when the metadata is asked for again. */
class Cluster {
  readonly taken: string[] = [];
  readonly targetTopics = new Set<string>();
  leaders = { 0: 1, 1: 2 };
  refreshed = 0;
  readonly #brokers = [1, 2].map((nodeId) => ({
    nodeId,
    produce: async ({ topicData }: { topicData: readonly Entry[] }) => {
      await Promise.resolve();
      return this.#take(nodeId, topicData);
    },
  }));

  constructor(private readonly refusal: (nodeId: number) => Error | null) {}

  readonly addMultipleTargetTopics = (): void => undefined;
  readonly refreshMetadataIfNecessary = (): void => undefined;
  readonly removeBroker = (): void => undefined;

  isConnected(): boolean {
    return true;
  }

  /** All that the first broker led has moved to the second. */
  refreshMetadata(): void {
    this.refreshed += 1;
    this.leaders = { 0: 2, 1: 2 };
  }

  findTopicPartitionMetadata(): object[] {
    return [{}, {}];
  }

  findLeaderForPartitions(_topic: string, partitions: readonly string[]): Record<number, number[]> {
    const led: Record<number, number[]> = {};
    for (const partition of partitions.map(Number) as (0 | 1)[])
      (led[this.leaders[partition]] ??= []).push(partition);
    return led;
  }

  findBroker({ nodeId }: { nodeId: string }): object | undefined {
    return this.#brokers[Number(nodeId) - 1];
  }

  #take(nodeId: number, topicData: readonly Entry[]): object {
    const error = this.refusal(nodeId);
    if (error) throw error;
    for (const { partitions } of topicData)
      for (const { messages } of partitions) this.taken.push(...messages.map(({ value }) => value));
    return {
      topics: topicData.map(({ topic, partitions }) => ({
        topicName: topic,
        partitions: partitions.map(({ partition }) => ({ partition, errorCode: 0, baseOffset: '0' })),
      })),
    };
  }
}

function senderOn(cluster: Cluster): () => Promise<unknown> {
  const makeSend = require('kafkajs/src/producer/sendMessages') as (parts: object) => Send;
  const makeRetry = require('kafkajs/src/retry') as (options: object) => unknown;
  const send = makeSend({
    cluster,
    logger: { debug: () => undefined, error: () => undefined },
    partitioner: ({ message }: { message: { value: string } }) => (message.value === 'of 0' ? 0 : 1),
    retrier: makeRetry({ retries: 2, initialRetryTime: 1 }),
    eosManager: {
      acquireBrokerLock: () => undefined,
      releaseBrokerLock: () => undefined,
      isTransactional: () => false,
      getSequence: () => 0,
      updateSequence: () => undefined,
      getProducerId: () => -1,
      getProducerEpoch: () => 0,
    },
  });
  return () =>
    send({ acks: -1, topicMessages: [{ topic: 't', messages: [{ value: 'of 0' }, { value: 'of 1' }] }] });
}

function notLeader(): Error {
  return new KafkaJSProtocolError(
    Object.assign(new Error('moved'), { type: 'NOT_LEADER_FOR_PARTITION', code: 6, retriable: true }),
  );
}

it('records of a partition that moved to a broker which has answered before are sent, not said to be', async () => {
  const cluster = new Cluster((nodeId) => (nodeId === 1 ? notLeader() : null));
  await senderOn(cluster)();
  expect(cluster.refreshed).toBe(1);
  expect(cluster.taken).toContain('of 0');
  // It was taken in the first attempt, and again in the second.
  expect(cluster.taken.filter((value) => value === 'of 1')).toHaveLength(2);
});

it('what is refused for good is said at once', async () => {
  const refusal = new KafkaJSNonRetriableError(new Error('too large'));
  let attempts = 0;
  const cluster = new Cluster((nodeId) => {
    if (nodeId === 2) return null;
    attempts += 1;
    return refusal;
  });
  await expect(senderOn(cluster)()).rejects.toBe(refusal);
  expect(attempts).toBe(1);
});

it('attempts are made as often as kafkajs is told to', async () => {
  let attempts = 0;
  const cluster = new Cluster(() => {
    attempts += 1;
    return notLeader();
  });
  await expect(senderOn(cluster)()).rejects.toThrow('moved');
  // Both brokers are asked in the first attempt, then the one that leads all.
  expect(attempts).toBe(4);
});
