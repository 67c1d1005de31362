/**
 * A Nest transport strategy on `ServerKafka` that hands whole batches to one `@EventPattern` handler. So the cost of Nest
 * is paid per batch and not per record.
 *
 * It tells its listener which partitions are assigned. It pauses, resumes and commits on request, and commits nothing by
 * itself (`autoCommit: false`). `ConsumerKeeper` makes sure that there is always a consumer. The work on the records is left
 * to the handler.
 */
import { Logger } from '@nestjs/common';
import { BaseRpcContext, ServerKafka, type CustomTransportStrategy } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, Kafka } from 'kafkajs';
import { ConsumerKeeper } from './consumer-keeper.ts';
import { CONSUMER_OPTIONS } from './consumer-options.ts';
import { FetchHandOver, type Taker } from './fetch-hand-over.ts';
import type { Fetched } from './fetched/partition-reader.ts';
import { KafkaJSNonRetriableError } from './kafkajs.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { RecordBatch } from './log-record.ts';
import { KafkaOperation } from './operation.ts';

/** The pattern with which a handler gets the batches of the topic. */
export const USER_EVENTS_PATTERN = 'user-events';

/** kafkajs has no deadline for commits. An answer normally takes milliseconds. */
const COMMIT_WITHIN_MS = 10_000;

/** Is told about the partitions of this group member. Every call is synchronous, and comes before the next batch. */
export interface AssignmentListener {
  /** @param memberId is new if a generation of the group may have been missed. Then nothing known before may be relied on. */
  assigned(memberId: string, partitions: readonly number[]): void;
  /** A rejoin begins. This is the last moment to commit in the old generation. */
  rebalancing(): void;
}

type TransportMetrics = Pick<
  Metrics,
  'consumed' | 'kafkaOperations' | 'joins' | 'consumersGivenUp' | 'unfetched' | 'pauses'
>;

export class BatchTransport extends ServerKafka implements CustomTransportStrategy {
  protected override readonly logger = new Logger(BatchTransport.name);
  readonly #kafka: Pick<Kafka, 'consumer'>;
  readonly #topic: string;
  readonly #keeper: ConsumerKeeper;
  readonly #handOver: FetchHandOver;
  readonly #metrics: TransportMetrics;
  readonly #commits: KafkaOperation;
  readonly #paused = new Set<number>();
  #listener: AssignmentListener | null = null;
  #commit: EachBatchPayload['commitOffsetsIfNecessary'] | null = null;

  /** @param options.explain explains an error in a sentence with what to do; null if it cannot. */
  constructor(
    kafka: Pick<Kafka, 'consumer'>,
    options: {
      groupId: string;
      topic: string;
      maxRecordBytes: number;
      explain: (error: unknown) => string | null;
      metrics: TransportMetrics;
    },
  ) {
    super({});
    this.#kafka = kafka;
    this.#topic = options.topic;
    this.#metrics = options.metrics;
    this.#commits = new KafkaOperation(options.metrics, 'commit', options.topic);
    this.#handOver = new FetchHandOver(options.maxRecordBytes);
    this.#keeper = new ConsumerKeeper(
      {
        make: () => kafka.consumer({ ...CONSUMER_OPTIONS, groupId: options.groupId }),
        run: (consumer) => this.#run(consumer),
        joined: (event) => {
          this.#joined(event);
        },
        rebalancing: () => {
          this.#listener?.rebalancing();
        },
        metrics: options.metrics,
        explain: options.explain,
      },
      this.logger,
    );
  }

  get topic(): string {
    return this.#topic;
  }

  /** Whether this member is in the group. */
  get joined(): boolean {
    return this.#keeper.joined;
  }

  /** Why the topic is not read; null while it is read. */
  get trouble(): string | null {
    if (this.#keeper.reading) return null;
    const why = this.#keeper.ending;
    return `the consumer is not reading the events topic${why === '' ? '' : `: ${why}`}`;
  }

  /** Milliseconds since the last fetch. */
  get fetchAgeMs(): number {
    return this.#keeper.fetchAgeMs;
  }

  /** How many partitions are paused. */
  get paused(): number {
    return this.#paused.size;
  }

  listenTo(listener: AssignmentListener): void {
    this.#listener = listener;
  }

  /**
   * Stops fetching these partitions until `resume`. A little of what was fetched already may still be handed over.
   */
  pause(partitions: readonly number[]): void {
    for (const partition of partitions) {
      if (!this.#paused.has(partition)) this.#metrics.pauses.of().add();
      this.#paused.add(partition);
    }
    this.#whileRunning((consumer, topicPartitions) => {
      consumer.pause(topicPartitions);
    }, partitions);
  }

  resume(partitions: readonly number[]): void {
    for (const partition of partitions) this.#paused.delete(partition);
    this.#whileRunning((consumer, topicPartitions) => {
      consumer.resume(topicPartitions);
    }, partitions);
  }

  /**
   * Commits in the present generation. The caller must check in the same turn that the partitions are ours. It does not use
   * kafkajs' retrier: that would repeat a refused commit in a later generation, where it would be accepted.
   *
   * @param offsets by partition, the offset of the next record to read.
   * @throws if the broker refuses, or does not answer in time. Nothing is retried.
   */
  async commit(offsets: ReadonlyMap<number, string>): Promise<void> {
    if (!this.#commit) throw new Error('nothing was read yet, so there is nothing to commit');
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset }));
    const commit = this.#commit;
    const topics = [{ topic: this.#topic, partitions }];
    const committing = this.#commits.run(() => commit({ topics }));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        reject(new Error(`the commit was not answered within ${COMMIT_WITHIN_MS} ms`));
      }, COMMIT_WITHIN_MS);
    });
    try {
      await Promise.race([committing, late]);
      this.#keeper.committed();
    } catch (error) {
      this.#keeper.commitRefused();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  override createClient<T>(): Promise<T> {
    return Promise.resolve(this.#kafka as T);
  }

  override async start(callback: () => void): Promise<void> {
    await this.#keeper.start();
    callback();
  }

  override async bindEvents(consumer: Consumer): Promise<void> {
    await consumer.subscribe({ topics: [this.#topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      // Each portion is resolved by itself. The rest of a batch that is not read to its end is not resolved.
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#handle(consumer, payload),
    });
  }

  override async close(): Promise<void> {
    await this.#keeper.close();
    this.consumer = null;
    await super.close();
  }

  async #run(consumer: Consumer): Promise<void> {
    this.consumer = consumer;
    this.registerConsumerEventListeners();
    await consumer.connect();
    await this.bindEvents(consumer);
  }

  /** A consumer that is stopping throws. That does no harm: after the next join all is paused or resumed again. */
  #whileRunning(
    change: (consumer: Consumer, topicPartitions: { topic: string; partitions: number[] }[]) => void,
    partitions: readonly number[],
  ): void {
    const { consumer, joined } = this.#keeper;
    if (!joined || !consumer) return;
    try {
      change(consumer, [{ topic: this.#topic, partitions: [...partitions] }]);
    } catch (error) {
      if (!(error instanceof KafkaJSNonRetriableError)) throw error;
      this.#keeper.left();
    }
  }

  async #handle(consumer: Consumer, payload: EachBatchPayload): Promise<void> {
    const counts = (): boolean =>
      this.#keeper.consumer === consumer && payload.isRunning() && !payload.isStale();
    if (!counts()) return;
    this.#commit = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    const taker: Taker = {
      take: async (batch) => {
        if (!counts()) return false;
        await this.#handToHandler(batch);
        payload.resolveOffset(String(batch.lastOffset));
        await payload.heartbeat();
        return counts();
      },
      hasEnough: (partition) => this.#paused.has(partition),
    };
    await this.#handOver.handOver(payload.batch as unknown as Fetched, taker);
  }

  async #handToHandler(batch: RecordBatch): Promise<void> {
    const handler = this.getHandlerByPattern(USER_EVENTS_PATTERN);
    const { partition, records } = batch;
    this.#metrics.consumed.of('kafka', 'poll', this.#topic, String(partition)).add(records.length);
    if (!handler) throw new Error(`no @EventPattern('${USER_EVENTS_PATTERN}') is registered`);
    const answer: unknown = await handler(batch, new BaseRpcContext([]));
    if (isObservable(answer)) await lastValueFrom(answer, { defaultValue: undefined });
  }

  #joined({ payload }: ConsumerGroupJoinEvent): void {
    const partitions = payload.memberAssignment[this.#topic] ?? [];
    this.logger.log({ memberId: payload.memberId, partitions }, 'joined the consumer group');
    this.#handOver.forget();
    this.#metrics.joins.of().add();
    this.#listener?.assigned(payload.memberId, partitions);
  }
}
