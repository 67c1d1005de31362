/**
 * Gives access to kafkajs' private cluster, with its configuration and connections, for requests that its public classes do
 * not offer. The version of kafkajs is fixed (docs/decisions/0008).
 */
import type { Kafka } from 'kafkajs';
import type { PartitionData } from './patches/fetch-decoding.ts';

/** Offsets then include open transactions. Otherwise they would end where the first open transaction begins. */
const READ_UNCOMMITTED = 0;

export interface Cluster {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  refreshMetadata(): Promise<void>;
  /** Loads the metadata of this topic, now and at each refresh. @throws if the topic does not exist. */
  addTargetTopic(topic: string): Promise<void>;
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[];
  /** Partitions by the id of the broker that leads them. Partitions that the metadata does not know are left out. */
  findLeaderForPartitions(topic: string, partitions: readonly number[]): Record<string, number[]>;
  fetchTopicsOffset(
    topics: readonly {
      readonly topic: string;
      readonly partitions: readonly { readonly partition: number }[];
      /** Milliseconds since the epoch; or -1 for the end of the log, -2 for its beginning. */
      readonly fromTimestamp: number;
    }[],
  ): Promise<{ partitions: { partition: number; offset: string }[] }[]>;
  findBroker(of: { nodeId: string }): Promise<Broker>;
  findControllerBroker(): Promise<Broker>;
  findGroupCoordinator(of: { groupId: string }): Promise<Broker>;
}

/** What a reader of a log uses. */
export type LogCluster = Omit<Cluster, 'findControllerBroker' | 'findGroupCoordinator'>;

export interface Broker {
  readonly versions: Record<number, { maxVersion: number } | undefined>;
  readonly connectionPool: { send<Answer>(exchange: Exchange<Answer>): Promise<Answer> };
  findGroupCoordinator(of: { groupId: string }): Promise<unknown>;
  fetch(request: FetchRequest): Promise<{ responses: { partitions: FetchAnswer[] }[] }>;
}

/** A request that kafkajs does not have, to be sent over its connection. */
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
  /** All transactions before this offset have ended. The oldest versions of the protocol do not have it. */
  readonly lastStableOffset?: string;
}

export function createCluster(kafka: Kafka): Cluster {
  const symbol = Object.getOwnPropertySymbols(kafka).find(
    ({ description }) => description === 'private:Kafka:createCluster',
  );
  const create = symbol && (kafka as unknown as Record<symbol, (options: object) => Cluster>)[symbol];
  if (!create) throw new Error('this is not kafkajs 2.2.4: install the version of package-lock.json');
  return create({ allowAutoTopicCreation: false, isolationLevel: READ_UNCOMMITTED });
}
