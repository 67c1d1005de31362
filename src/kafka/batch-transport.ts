/**
 * A Nest transport strategy on `ServerKafka` that hands whole batches to one `@EventPattern` handler, so that Nest
 * is paid per batch and not per record.
 *
 * It owns the consumer: joining the group, telling who is assigned what, pausing, committing on request, and building
 * a new consumer when kafkajs gives one up or the clock was set back. It commits nothing by itself (`autoCommit: false`)
 * and knows nothing of what is done with the records: that is the handler's room.
 */
import { Logger } from '@nestjs/common';
import { BaseRpcContext, ServerKafka, type CustomTransportStrategy } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import kafkajs, {
  type Consumer,
  type ConsumerCrashEvent,
  type ConsumerGroupJoinEvent,
  type EachBatchPayload,
  type Kafka,
} from 'kafkajs';
import { ClockWatch } from './clock-watch.ts';
import { CONSUMER_OPTIONS } from './consumer-options.ts';
import type { RecordBatch } from './record-batch.ts';

/** The pattern a handler names to get the batches of the topic. */
export const USER_EVENTS_PATTERN = 'user-events';

/** Without a fetch for this long, full or empty, a member in the group reads nothing: its connection hangs. */
const SILENT_AFTER_MS = 15_000;

/** Half of the session timeout: kafkajs sends no heartbeat for as long as the clock went back. */
const CLOCK_TOLERANCE_MS = CONSUMER_OPTIONS.sessionTimeout / 2;

const REBUILD_DELAY_MS = { first: 1_000, most: 30_000 };

/** What a group member is told about its partitions. Every call is synchronous and comes before the next batch. */
export interface AssignmentListener {
  /** `memberId` is new whenever a generation may have been missed; then nothing of before is known to hold. */
  assigned(memberId: string, partitions: readonly number[]): void;
  /** A rejoin begins: the last moment to commit in the old generation. */
  rebalancing(): void;
}

export class BatchTransport extends ServerKafka implements CustomTransportStrategy {
  protected override readonly logger = new Logger(BatchTransport.name);
  readonly #kafka: Kafka;
  readonly #topic: string;
  readonly #group: string;
  readonly #explain: (error: unknown) => string | null;
  #listener: AssignmentListener | null = null;
  #commit: EachBatchPayload['commitOffsetsIfNecessary'] | null = null;
  #joined = false;
  #closing = false;
  #lastFetchAt = 0;
  /** Why the last consumer ended, until one fetches. */
  #ending: string | null = null;
  #rebuildDelayMs = REBUILD_DELAY_MS.first;
  #rebuildTimer: NodeJS.Timeout | null = null;
  readonly #clockWatch = new ClockWatch(CLOCK_TOLERANCE_MS, (byMs) => void this.#startAnew(byMs));

  /** @param options.explain what to say of an error, if there is something to say. */
  constructor(
    kafka: Kafka,
    options: { groupId: string; topic: string; explain: (error: unknown) => string | null },
  ) {
    super({});
    this.#kafka = kafka;
    this.#explain = options.explain;
    this.#group = options.groupId;
    this.#topic = options.topic;
  }

  get topic(): string {
    return this.#topic;
  }

  /** Whether this member is in the group. */
  get joined(): boolean {
    return this.#joined;
  }

  /** Whether this member is in the group and fetches; a paused member fetches as well, of no partition. */
  get reading(): boolean {
    return this.#joined && this.#ending === null && performance.now() - this.#lastFetchAt < SILENT_AFTER_MS;
  }

  /** Why nothing is read; null while something is. */
  get trouble(): string | null {
    if (this.reading) return null;
    const why = this.#ending;
    return `the consumer is not reading the events topic${why === null || why === '' ? '' : `: ${why}`}`;
  }

  listenTo(listener: AssignmentListener): void {
    this.#listener = listener;
  }

  /** Nothing is fetched of these partitions until `resume`; what was already handed over stays handed over. */
  pause(partitions: readonly number[]): void {
    this.#whileRunning((consumer, topicPartitions) => {
      consumer.pause(topicPartitions);
    }, partitions);
  }

  resume(partitions: readonly number[]): void {
    this.#whileRunning((consumer, topicPartitions) => {
      consumer.resume(topicPartitions);
    }, partitions);
  }

  /**
   * Commits these next offsets in the generation of this very moment: the caller checks ownership synchronously before.
   * It bypasses kafkajs' retrier, which would repeat a refused commit in a later generation, where it is accepted.
   *
   * @throws when the broker refuses or cannot be reached; nothing is retried.
   */
  async commit(offsets: ReadonlyMap<number, string>): Promise<void> {
    if (!this.#commit) throw new Error('nothing was read yet, so there is nothing to commit');
    const partitions = [...offsets].map(([partition, offset]) => ({ partition, offset }));
    await this.#commit({ topics: [{ topic: this.#topic, partitions }] });
  }

  override createClient<T>(): Promise<T> {
    return Promise.resolve(this.#kafka as T);
  }

  override async start(callback: () => void): Promise<void> {
    await this.#consume();
    callback();
  }

  override async bindEvents(consumer: Consumer): Promise<void> {
    await consumer.subscribe({ topics: [this.#topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: true,
      eachBatch: (payload) => this.#handle(payload),
    });
  }

  override async close(): Promise<void> {
    this.#closing = true;
    this.#joined = false;
    this.#clockWatch.stop();
    if (this.#rebuildTimer) clearTimeout(this.#rebuildTimer);
    await super.close();
  }

  /** A consumer that is stopping throws; after the next join everything is paused or resumed anew anyway. */
  #whileRunning(
    change: (consumer: Consumer, topicPartitions: { topic: string; partitions: number[] }[]) => void,
    partitions: readonly number[],
  ): void {
    if (!this.#joined || !this.consumer) return;
    try {
      change(this.consumer, [{ topic: this.#topic, partitions: [...partitions] }]);
    } catch (error) {
      if (!(error instanceof kafkajs.KafkaJSNonRetriableError)) throw error;
      this.#joined = false;
    }
  }

  async #consume(): Promise<void> {
    const consumer = this.#kafka.consumer({ ...CONSUMER_OPTIONS, groupId: this.#group });
    this.consumer = consumer;
    this.registerConsumerEventListeners();
    for (const ending of [consumer.events.STOP, consumer.events.DISCONNECT]) {
      consumer.on(ending, () => {
        if (this.consumer === consumer) this.#joined = false;
      });
    }
    consumer.on(consumer.events.GROUP_JOIN, (event) => {
      this.#onJoin(event);
    });
    consumer.on(consumer.events.FETCH, () => {
      this.#lastFetchAt = performance.now();
      this.#ending = null;
      this.#rebuildDelayMs = REBUILD_DELAY_MS.first;
    });
    consumer.on(consumer.events.REBALANCING, () => {
      this.#listener?.rebalancing();
    });
    consumer.on(consumer.events.CRASH, (event) => {
      if (this.consumer === consumer) this.#onCrash(event);
    });
    try {
      await consumer.connect();
      await this.bindEvents(consumer);
    } catch (error) {
      await consumer.disconnect();
      throw error;
    }
  }

  async #handle(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    this.#commit = (offsets) => payload.commitOffsetsIfNecessary(offsets);
    const data: RecordBatch = {
      partition: batch.partition,
      records: batch.messages,
      lastOffset: batch.lastOffset(),
    };
    const handler = this.getHandlerByPattern(USER_EVENTS_PATTERN);
    if (!handler) throw new Error(`no @EventPattern('${USER_EVENTS_PATTERN}') is registered`);
    const answer: unknown = await handler(data, new BaseRpcContext([]));
    if (isObservable(answer)) await lastValueFrom(answer, { defaultValue: undefined });
  }

  #onJoin({ payload }: ConsumerGroupJoinEvent): void {
    const partitions = payload.memberAssignment[this.#topic] ?? [];
    this.logger.log({ memberId: payload.memberId, partitions }, 'joined the consumer group');
    this.#joined = true;
    this.#lastFetchAt = performance.now();
    this.#listener?.assigned(payload.memberId, partitions);
  }

  /** kafkajs restarts after faults it holds to be passing; any other ends its consumer for good, so we make a new one. */
  #onCrash({ payload }: ConsumerCrashEvent): void {
    this.#joined = false;
    if (this.#closing) return;
    // A consumer that is built anew fails for the same reason, and kafkajs hides it then.
    this.#ending = this.#explain(payload.error) ?? this.#ending ?? '';
    if (payload.restart) return;
    this.logger.error(
      { err: payload.error, why: this.#ending, inMs: this.#rebuildDelayMs },
      'the consumer was given up; building a new one',
    );
    this.#rebuildTimer = setTimeout(() => void this.#consumeOrRetry(), this.#rebuildDelayMs);
    this.#rebuildDelayMs = Math.min(this.#rebuildDelayMs * 2, REBUILD_DELAY_MS.most);
  }

  async #consumeOrRetry(): Promise<void> {
    if (this.#closing) return;
    try {
      await this.#consume();
    } catch (error) {
      this.#onCrash({ payload: { error, groupId: this.#group, restart: false } } as ConsumerCrashEvent);
    }
  }

  /** A consumer whose clock was set back sends no heartbeats; it leaves the group, and another one joins. */
  async #startAnew(byMs: number): Promise<void> {
    const before = this.consumer;
    if (this.#closing || !this.#joined || !before) return;
    this.logger.warn({ byMs }, 'the clock was set back; building a new consumer');
    this.#joined = false;
    await before.disconnect().catch(() => undefined);
    await this.#consumeOrRetry();
  }
}
