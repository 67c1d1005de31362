/**
 * Reads the log of a topic from any offset, without a consumer group: by the fetch with which kafkajs' consumer reads, so
 * that all that lies in a log is read or passed alike (`fetched/`). Only what is committed is read. It needs the right
 * READ on the topic, and nothing of it is kept in Kafka.
 *
 * It promises: each offset is handed over or passed once; what is gone or away is a fault of its own kind
 * (`log-faults.ts`), within seconds. Who reads in order goes on in what was fetched before.
 */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { Cluster, FetchAnswer } from './cluster.ts';
import { PartitionReader } from './fetched/partition-reader.ts';
import { OffsetGone, UnknownPartition } from './log-faults.ts';
import { OpenReaders } from './open-readers.ts';
import { FetchedBatch } from './patches/fetch-decoding.ts';
import { KafkaJSProtocolError } from './kafkajs.ts';
import type { RecordBatch } from './log-record.ts';
import { TopicConnection, type ConnectionOptions } from './topic-connection.ts';

const READ_COMMITTED = 1;
/** In place of a time: the offset where the log begins, and the one that the next record gets. */
const BEGINNING = -2;
const END = -1;
/** One connection of a broker answers in order: what waits there would hold up all that is read after it. */
const LOOK_AGAIN_MS = { first: 10, most: 100 };
/** For what a broker must fetch itself first, from tiered storage: it answers without it when it may not wait. */
const BROKER_WAITS_MS = 500;
/** The first batch is answered whole, however large. */
const FETCH_BYTES = 1024 * 1024;

export interface LogReaderOptions extends ConnectionOptions {
  /** Larger records are not read. */
  readonly maxRecordBytes: number;
}

export interface ReadOptions {
  /** For a record to come. */
  readonly maxWaitMs: number;
  /** About so much is fetched; 1 for a single record. */
  readonly maxBytes?: number;
}

export class LogReader {
  readonly #connection: TopicConnection;
  readonly #open = new OpenReaders();

  constructor(
    kafka: Kafka,
    private readonly options: LogReaderOptions,
  ) {
    this.#connection = new TopicConnection(kafka, options);
  }

  get topic(): string {
    return this.options.topic;
  }

  /**
   * What lies in the partition from `offset` on, as much of it as a portion has. It may be no record: go on behind
   * `lastOffset`. Null: nothing is there yet.
   *
   * @throws OffsetGone, UnknownPartition, LogUnavailable
   */
  async read(partition: number, offset: number, options: ReadOptions): Promise<RecordBatch | null> {
    const open = this.#open.take(partition, offset);
    if (open !== null) {
      // Timers and sockets have their turn between two portions.
      await nextTurn();
      const batch = await this.#readOn(open);
      if (batch !== null) return batch;
    }
    const until = performance.now() + options.maxWaitMs;
    for (let delayMs = LOOK_AGAIN_MS.first; ; delayMs = Math.min(2 * delayMs, LOOK_AGAIN_MS.most)) {
      const fetched = await this.#fetch(partition, offset, options.maxBytes ?? FETCH_BYTES);
      const batch = await this.#readOn(new PartitionReader(fetched, this.options.maxRecordBytes));
      if (batch !== null) return batch;
      const leftMs = until - performance.now();
      if (leftMs <= 0) return null;
      await pause(Math.min(delayMs, leftMs));
    }
  }

  /**
   * By partition, all that the topic has now: the first offset that the log still has, and the offset that the next
   * record gets (the high watermark, also while transactions before it are not over).
   *
   * @throws LogUnavailable
   */
  bounds(): Promise<Map<number, { low: number; high: number }>> {
    return this.#connection.use(async (cluster) => {
      await cluster.refreshMetadata();
      const lows = await this.#offsets(cluster, BEGINNING);
      const highs = await this.#offsets(cluster, END);
      return new Map(
        [...lows].map(([partition, low]) => [partition, { low, high: highs.get(partition) ?? low }]),
      );
    });
  }

  /**
   * By partition, the offset of the first record that is as young as this or younger; the high watermark where there is
   * none.
   *
   * @throws LogUnavailable
   */
  offsetsAt(timestampMs: number): Promise<Map<number, number>> {
    return this.#connection.use(async (cluster) => {
      await cluster.refreshMetadata();
      // Asked first: what comes meanwhile is behind it.
      const highs = await this.#offsets(cluster, END);
      const found = await this.#offsets(cluster, Math.max(0, Math.ceil(timestampMs)));
      return new Map(
        [...found].map(([partition, at]) => [partition, at >= 0 ? at : (highs.get(partition) ?? 0)]),
      );
    });
  }

  async close(): Promise<void> {
    this.#open.close();
    await this.#connection.close();
  }

  async #readOn(reader: PartitionReader): Promise<RecordBatch | null> {
    const batch = await reader.next();
    if (batch === null || reader.done) reader.close();
    else this.#open.keep(batch.partition, batch.lastOffset + 1, reader);
    return batch;
  }

  async #fetch(partition: number, offset: number, maxBytes: number): Promise<FetchedBatch> {
    const ask = (waitMs: number): Promise<FetchAnswer> =>
      this.#connection.use((cluster) => this.#ask(cluster, { partition, offset, maxBytes, waitMs }));
    let answer = await ask(0);
    const isThere = Number(answer.lastStableOffset ?? 0) > offset;
    if (isThere && answer.messages.length === 0) answer = await ask(BROKER_WAITS_MS);
    return new FetchedBatch(this.topic, String(offset), answer);
  }

  async #ask(
    cluster: Cluster,
    {
      partition,
      offset,
      maxBytes,
      waitMs,
    }: { partition: number; offset: number; maxBytes: number; waitMs: number },
  ): Promise<FetchAnswer> {
    const broker = await cluster.findBroker({ nodeId: await this.#leader(cluster, partition) });
    const partitions = [{ partition, fetchOffset: String(offset), maxBytes }];
    const request = { isolationLevel: READ_COMMITTED, maxWaitTime: waitMs, minBytes: 1, maxBytes };
    try {
      const { responses } = await broker.fetch({ ...request, topics: [{ topic: this.topic, partitions }] });
      const answer = responses[0]?.partitions[0];
      if (!answer) throw new Error('the broker answers nothing of the partition that it was asked for');
      return answer;
    } catch (error) {
      if (!(error instanceof KafkaJSProtocolError) || error.type !== 'OFFSET_OUT_OF_RANGE') throw error;
      const low = (await this.#offsets(cluster, BEGINNING, [partition])).get(partition) ?? 0;
      const high = (await this.#offsets(cluster, END, [partition])).get(partition) ?? 0;
      // The log may have changed meanwhile, with another leader.
      if (offset >= low && offset <= high) throw error;
      throw new OffsetGone(this.topic, partition, offset, low, high);
    }
  }

  async #leader(cluster: Cluster, partition: number): Promise<string> {
    const leader = (): string | undefined =>
      Object.keys(cluster.findLeaderForPartitions(this.topic, [partition]))[0];
    const known = leader();
    if (known !== undefined) return known;
    // Partitions may be added.
    await cluster.refreshMetadata();
    const found = leader();
    if (found === undefined) throw new UnknownPartition(this.topic, partition);
    return found;
  }

  async #offsets(
    cluster: Cluster,
    fromTimestamp: number,
    of = cluster.findTopicPartitionMetadata(this.topic).map(({ partitionId }) => partitionId),
  ): Promise<Map<number, number>> {
    const partitions = of.map((partition) => ({ partition }));
    const [topic] = await cluster.fetchTopicsOffset([{ topic: this.topic, partitions, fromTimestamp }]);
    return new Map((topic?.partitions ?? []).map(({ partition, offset }) => [partition, Number(offset)]));
  }
}
