/**
 * Reads a topic as a member of a group, for a reader that keeps its offsets itself. The reader says where a partition
 * begins, not the group. Committed offsets are only for tools that show lag.
 *
 * If a fetch begins at another offset than the reader wants, its records are not handed over, and the reader is asked again
 * where to begin. That happens after an assignment, if the log does not have the offset, and if the topic was made anew.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Admin, Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { ThrottledWarning } from '../logging/throttled-warning.ts';
import { ConsumerKeeper } from './consumer-keeper.ts';
import { CONSUMER_OPTIONS } from './consumer-options.ts';
import { FetchHandOver, type Taker } from './fetch-hand-over.ts';
import type { Fetched } from './fetched/partition-reader.ts';
import type { RecordBatch } from './log-record.ts';

/** The broker answers after this many bytes or this time. A few large lots cost less than many small ones. */
const FETCH = {
  minBytes: 65_536,
  maxWaitTimeInMs: 400,
  maxBytes: 4_194_304,
  maxBytesPerPartition: 1_048_576,
};
const COMMIT_EVERY_MS = 5_000;
const TRY_AGAIN_MS = 500;
const LOOK_EVERY_MS = 2_000;

export interface TopicReader {
  /** @param bounds of the partition's log. @returns the offset to begin with. @throws to be asked again. */
  begin(partition: number, bounds: { low: number; high: number }): Promise<number>;
  /**
   * Takes the batch that follows the last one.
   *
   * @param end the offset that the next record of the log will have.
   * @param alive must be called every few seconds if taking the batch needs long.
   * @returns false to be asked again where to begin. @throws to get the same batch again.
   */
  take(batch: RecordBatch, end: number, alive: () => Promise<void>): Promise<boolean>;
  /** Called if nothing came for a while. @returns false to be asked again where to begin. */
  check(partition: number, next: number, end: number): Promise<boolean>;
}

export class GroupReader {
  readonly #logger = new Logger(GroupReader.name);
  readonly #untaken = new ThrottledWarning(this.#logger, 'what was read could not be taken, trying again');
  readonly #unknown = new ThrottledWarning(
    this.#logger,
    'it is not known where to begin, or how far the log goes, trying again',
  );
  readonly #keeper: ConsumerKeeper;
  readonly #handOver: FetchHandOver;
  readonly #admin: Admin;
  /** By partition, the next offset. For a partition that is missing here, the reader must be asked. */
  readonly #next = new Map<number, number>();
  readonly #takenAt = new Map<number, number>();
  /** By partition, where the log ended when it was last asked for. */
  readonly #ends = new Map<number, number>();
  #assigned: readonly number[] = [];
  #committedAt = 0;
  #looking: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** @param options.explain explains an error in a sentence with what to do; null if it cannot. */
  constructor(
    kafka: Kafka,
    private readonly options: {
      groupId: string;
      topic: string;
      maxRecordBytes: number;
      explain: (error: unknown) => string | null;
    },
    private readonly reader: TopicReader,
  ) {
    this.#admin = kafka.admin();
    this.#handOver = new FetchHandOver(options.maxRecordBytes);
    this.#keeper = new ConsumerKeeper(
      {
        make: () => kafka.consumer({ ...CONSUMER_OPTIONS, ...FETCH, groupId: options.groupId }),
        run: (consumer) => this.#run(consumer),
        joined: ({ payload }) => {
          this.#assigned = payload.memberAssignment[this.options.topic] ?? [];
          this.#next.clear();
          this.#handOver.forget();
          void this.#look();
        },
        rebalancing: () => undefined,
        explain: options.explain,
      },
      this.#logger,
    );
  }

  /** Why the topic is not read; null while it is read. */
  get trouble(): string | null {
    if (this.#keeper.reading) return null;
    const { ending } = this.#keeper;
    return `nothing is read of the topic ${this.options.topic}${ending === '' ? '' : `: ${ending}`}`;
  }

  /** By partition, how many records were not taken yet, by the last known end of its log. */
  get lags(): ReadonlyMap<number, number> {
    const lags = [...this.#next].map(([partition, next]): [number, number] => [
      partition,
      Math.max(0, (this.#ends.get(partition) ?? next) - next),
    ]);
    return new Map(lags);
  }

  async start(): Promise<void> {
    await this.#admin.connect();
    await this.#keeper.start();
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS);
  }

  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    await this.#keeper.close();
    await this.#admin.disconnect();
  }

  async #run(consumer: Consumer): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [this.options.topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#handle(consumer, payload),
    });
  }

  async #handle(consumer: Consumer, payload: EachBatchPayload): Promise<void> {
    const counts = (): boolean =>
      this.#keeper.consumer === consumer && payload.isRunning() && !payload.isStale();
    const fetched = payload.batch as unknown as Fetched;
    const { partition } = fetched;
    try {
      const next = this.#next.get(partition);
      if (next === fetched.offset) await this.#hand(fetched, payload, counts);
      else {
        this.#next.delete(partition);
        await this.#look();
      }
    } catch (error) {
      if (!counts()) return;
      // What the reader has taken is resolved. The rest is fetched again.
      this.#untaken.say(error, { partition });
      await payload.heartbeat();
      await pause(TRY_AGAIN_MS);
    }
  }

  async #hand(fetched: Fetched, payload: EachBatchPayload, counts: () => boolean): Promise<void> {
    const { partition, highWatermark } = fetched;
    this.#ends.set(partition, highWatermark);
    const alive = (): Promise<void> => payload.heartbeat();
    const taker: Taker = {
      take: async (batch) => {
        if (!counts()) return false;
        if (!(await this.reader.take(batch, highWatermark, alive))) {
          this.#next.delete(partition);
          return false;
        }
        if (!counts()) return false;
        payload.resolveOffset(String(batch.lastOffset));
        this.#next.set(partition, batch.lastOffset + 1);
        this.#takenAt.set(partition, performance.now());
        await payload.heartbeat();
        return counts();
      },
      hasEnough: () => false,
    };
    await this.#handOver.handOver(fetched, taker);
    await this.#commit(payload);
  }

  /** Asks where to begin with new partitions, and checks those of which nothing came. */
  #look(): Promise<void> {
    this.#looking ??= this.#lookNow()
      .catch((error: unknown) => {
        this.#unknown.say(error);
      })
      .finally(() => {
        this.#looking = null;
      });
    return this.#looking;
  }

  async #lookNow(): Promise<void> {
    const { consumer, joined } = this.#keeper;
    const assigned = this.#assigned;
    if (!consumer || !joined || assigned.length === 0) return;
    const counts = (): boolean => this.#keeper.consumer === consumer && this.#assigned === assigned;
    for (const { partition, low, high } of await this.#admin.fetchTopicOffsets(this.options.topic)) {
      if (!counts()) return;
      if (!assigned.includes(partition)) continue;
      const bounds = { low: Number(low), high: Number(high) };
      this.#ends.set(partition, bounds.high);
      const next = this.#next.get(partition);
      const quiet = performance.now() - (this.#takenAt.get(partition) ?? 0) > LOOK_EVERY_MS;
      if (next !== undefined && (!quiet || (await this.reader.check(partition, next, bounds.high)))) continue;
      await this.#begin(consumer, partition, bounds, counts);
    }
  }

  async #begin(
    consumer: Consumer,
    partition: number,
    bounds: { low: number; high: number },
    counts: () => boolean,
  ): Promise<void> {
    const offset = await this.reader.begin(partition, bounds);
    if (!counts()) return;
    this.#next.set(partition, offset);
    consumer.seek({ topic: this.options.topic, partition, offset: String(offset) });
  }

  /** Commits only so that tools can show the lag of the group. */
  async #commit(payload: EachBatchPayload): Promise<void> {
    if (performance.now() - this.#committedAt < COMMIT_EVERY_MS) return;
    this.#committedAt = performance.now();
    const partitions = [...this.#next].map(([partition, offset]) => ({ partition, offset: String(offset) }));
    await payload
      .commitOffsetsIfNecessary({ topics: [{ topic: this.options.topic, partitions }] })
      .catch((error: unknown) => {
        this.#logger.debug({ err: error }, 'the group was not told how far it was read');
      });
  }
}
