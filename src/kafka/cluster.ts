/**
 * The connections that kafkajs makes by its own configuration, which it keeps to itself: for what its public classes have
 * no way to ask. kafkajs has a fixed version (docs/decisions/0008).
 */
import type { Kafka } from 'kafkajs';
import type { PartitionData } from './patches/fetch-decoding.ts';

/** Also of records in transactions that are not over; else offsets end where the first of these begins. */
const READ_UNCOMMITTED = 0;

export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  /** From now on the metadata is that of this topic. @throws where there is none. */
  addTargetTopic(topic: string): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[];
  /** Partitions by the number of the broker that leads them; those that the metadata does not know are left out. */
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  fetchTopicsOffset(
    topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
      /** Or -1 for the end, -2 for the beginning. */
      readonly fromTimestamp: number;
    }[],
  ): Promise<{ partitions: { partition: number; offset: string }[] }[]>;
  findBroker(of: { nodeId: string }): Promise<Broker>;
  findControllerBroker(): Promise<Broker>;
  findGroupCoordinator(of: { groupId: string }): Promise<Broker>;
}

export interface Broker {
  readonly versions: Record<number, { maxVersion: number } | undefined>;
  readonly connectionPool: { send<Answer>(exchange: Exchange<Answer>): Promise<Answer> };
  findGroupCoordinator(of: { groupId: string }): Promise<unknown>;
  fetch(request: FetchRequest): Promise<{ responses: { partitions: FetchAnswer[] }[] }>;
}

/** A request of our own, over kafkajs' connection. */
export interface Exchange<Answer> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    encode(): Promise<unknown>;
  };
  readonly response: { decode(bytes: Buffer): Promise<Answer>; parse(answer: Answer): Promise<Answer> };
}

export interface FetchRequest {
  readonly isolationLevel: number;
  readonly maxWaitTime: number;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly topics: readonly {
    readonly topic: string;
    readonly partitions: readonly { partition: number; fetchOffset: string; maxBytes: number }[];
  }[];
}

export interface FetchAnswer extends PartitionData {
  /** Up to where transactions are over; not in the oldest versions of the protocol. */
  readonly lastStableOffset?: string;
}

export function createCluster(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const create = symbol && (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol];
  if (!create) throw new Error('this kafkajs is another one than 2.2.4');
  return create({ allowAutoTopicCreation: false, isolationLevel: READ_UNCOMMITTED });
}
