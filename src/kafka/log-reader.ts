/**
 * Reads the log of a topic from any offset, without a consumer group. It fetches as kafkajs' consumer does, and uses the
 * same readers (`fetched/`). So it reads and passes the same records. It reads no records of transactions that are open or
 * aborted. It needs the right READ on the topic, and keeps nothing in Kafka.
 *
 * Every offset is handed over or passed once. If an offset is gone or Kafka is away, it throws an error of `log-faults.ts`
 * within seconds. If a caller reads in order, it goes on with the bytes of the last fetch.
 */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { FetchAnswer, LogCluster } from './cluster.ts';
import { PartitionReader } from './fetched/partition-reader.ts';
import { OffsetGone, UnknownPartition } from './log-faults.ts';
import { OpenReaders } from './open-readers.ts';
import { FetchedBatch } from './patches/fetch-decoding.ts';
import { KafkaJSProtocolError } from './kafkajs.ts';
import type { RecordBatch } from './log-record.ts';
import { TopicConnection, type ConnectionOptions } from './topic-connection.ts';

const READ_COMMITTED = 1;
/** Given instead of a time: they ask for the beginning of the log, and for the offset that the next record will have. */
const BEGINNING = -2;
const END = -1;
/** It asks again instead of letting the broker wait: a connection answers in order, so waiting would hold up other reads. */
const LOOK_AGAIN_MS = { first: 10, most: 100 };
/** For records in tiered storage, which the broker must fetch first. If it may not wait, it answers without them. */
const BROKER_WAITS_MS = 500;
/** A broker sends the first batch whole, even if it is larger. */
const FETCH_BYTES = 1024 * 1024;

export interface LogReaderOptions extends ConnectionOptions {
  /** A larger record is handed over as an `unread` entry. */
  readonly maxRecordBytes: number;
}

export interface ReadOptions {
  /** How long to wait for a record. */
  readonly maxWaitMs: number;
  /** About how much to fetch; 1 for a single batch. */
  readonly maxBytes?: number;
}

export class LogReader {
  readonly #connection: TopicConnection;
  readonly #open = new OpenReaders();

  /** @param makeCluster makes its connections. */
  constructor(
    makeCluster: () => LogCluster,
    private readonly options: LogReaderOptions,
  ) {
    this.#connection = new TopicConnection(makeCluster, options);
  }

  get topic(): string {
    return this.options.topic;
  }

  /**
   * Reads a portion of the partition, from `offset` on. A portion may have no records. Go on after its `lastOffset`.
   *
   * @returns null if there is nothing yet.
   * @throws OffsetGone, UnknownPartition, LogUnavailable
   */
  async read(partition: number, offset: number, options: ReadOptions): Promise<RecordBatch | null> {
    const open = this.#open.take(partition, offset);
    if (open !== null) {
      // Timers and sockets run between two portions.
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
   * The bounds of the log, by partition: `low` is its first offset, and `high` is the offset that the next record will have
   * (the high watermark, even if transactions before it are open).
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
   * By partition, the offset of the first record with this timestamp or a later one. If there is none, the high watermark.
   *
   * @throws LogUnavailable
   */
  offsetsAt(timestampMs: number): Promise<Map<number, number>> {
    return this.#connection.use(async (cluster) => {
      await cluster.refreshMetadata();
      // It asks for the ends first: a record that comes meanwhile then lies after them, and is not passed.
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
    cluster: LogCluster,
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
      if (!answer) throw new Error("the broker's answer does not have the partition that was asked for");
      return answer;
    } catch (error) {
      if (!(error instanceof KafkaJSProtocolError) || error.type !== 'OFFSET_OUT_OF_RANGE') throw error;
      const low = (await this.#offsets(cluster, BEGINNING, [partition])).get(partition) ?? 0;
      const high = (await this.#offsets(cluster, END, [partition])).get(partition) ?? 0;
      // The log has the offset after all: it may have another leader since.
      if (offset >= low && offset <= high) throw error;
      throw new OffsetGone(this.topic, partition, offset, low, high);
    }
  }

  async #leader(cluster: LogCluster, partition: number): Promise<string> {
    const leader = (): string | undefined =>
      Object.keys(cluster.findLeaderForPartitions(this.topic, [partition]))[0];
    const known = leader();
    if (known !== undefined) return known;
    // Partitions may have been added.
    await cluster.refreshMetadata();
    const found = leader();
    if (found === undefined) throw new UnknownPartition(this.topic, partition);
    return found;
  }

  async #offsets(
    cluster: LogCluster,
    fromTimestamp: number,
    of = cluster.findTopicPartitionMetadata(this.topic).map(({ partitionId }) => partitionId),
  ): Promise<Map<number, number>> {
    const partitions = of.map((partition) => ({ partition }));
    const [topic] = await cluster.fetchTopicsOffset([{ topic: this.topic, partitions, fromTimestamp }]);
    return new Map((topic?.partitions ?? []).map(({ partition, offset }) => [partition, Number(offset)]));
  }
}
