/**
 * Keeps one consumer in the group: builds it, and another one, with connections of its own, whenever it crashed, hangs,
 * had its clock set back or its commits refused for long. So nothing ends with a process that lives and reads nothing.
 *
 * One consumer counts at a time. What one that was given up still says or hands over is ignored: its successor, under a
 * member id of its own, reads again whatever was not committed.
 */
import type { LoggerService } from '@nestjs/common';
import type { Consumer, ConsumerCrashEvent, ConsumerGroupJoinEvent } from 'kafkajs';
import type { Metrics } from '../metrics/metrics.ts';
import { ClockWatch } from './clock-watch.ts';
import { CONSUMER_OPTIONS } from './consumer-options.ts';

/** A member that is there fetches every quarter of a second. */
const UNFETCHED_AFTER_MS = 1_000;
/** Without a fetch for this long, full or empty, a member in the group reads nothing: its connection hangs. */
const SILENT_AFTER_MS = 15_000;
/** Longer than kafkajs waits for an answer by itself: a join takes the longest. */
const HANGING_AFTER_MS = 30_000;
const LOOK_EVERY_MS = 5_000;
/** Half of the session timeout: kafkajs sends no heartbeat for as long as the clock went back. */
const CLOCK_TOLERANCE_MS = CONSUMER_OPTIONS.sessionTimeout / 2;
/** What a consumer has to leave the group, when it is given up or the process ends. */
const LEAVE_WITHIN_MS = 3_000;
const REFUSED_FOR_MS = 30_000;
/** Not long: it is how late reading begins again after an outage of Kafka. */
const BUILD_DELAY_MS = { first: 1_000, most: 3_000 };

export interface ConsumerUse {
  /** A new one. */
  make(): Consumer;
  /** Connects and runs it. @throws when it cannot. */
  run(consumer: Consumer): Promise<void>;
  joined(event: ConsumerGroupJoinEvent): void;
  rebalancing(): void;
  readonly metrics: Pick<Metrics, 'consumersGivenUp' | 'unfetched'>;
  /** What to say of an error, if there is something to say. */
  explain(error: unknown): string | null;
}

export class ConsumerKeeper {
  #consumer: Consumer | null = null;
  #builtAt = 0;
  #joined = false;
  #closing = false;
  #lastFetchAt = 0;
  /** Of any consumer; before the first, when there was none. */
  #fetchedAt = performance.now();
  #refusedSince: number | null = null;
  /** Why the last consumer ended, until one fetches. */
  #ending: string | null = null;
  #delayMs = BUILD_DELAY_MS.first;
  #buildTimer: NodeJS.Timeout | null = null;
  readonly #watchdog: NodeJS.Timeout;
  readonly #clockWatch: ClockWatch;

  constructor(
    private readonly use: ConsumerUse,
    private readonly logger: LoggerService,
  ) {
    this.#clockWatch = new ClockWatch(CLOCK_TOLERANCE_MS, (byMs) => {
      this.#replace({ byMs }, 'the clock was set back');
    });
    this.#watchdog = setInterval(() => {
      const silentMs = performance.now() - Math.max(this.#lastFetchAt, this.#builtAt);
      if (silentMs > HANGING_AFTER_MS) this.#replace({ silentMs }, 'nothing was fetched for long');
    }, LOOK_EVERY_MS).unref();
  }

  /** The one that counts; null between two. */
  get consumer(): Consumer | null {
    return this.#consumer;
  }

  get joined(): boolean {
    return this.#joined;
  }

  /** Whether it is in the group and fetches; a paused member fetches as well, of no partition. */
  get reading(): boolean {
    return this.#joined && this.#ending === null && performance.now() - this.#lastFetchAt < SILENT_AFTER_MS;
  }

  get fetchAgeMs(): number {
    return performance.now() - this.#fetchedAt;
  }

  /** Why nothing is read, where that is known; empty while something is. */
  get ending(): string {
    return this.#ending ?? '';
  }

  /** @throws when the first consumer cannot be built. */
  async start(): Promise<void> {
    await this.#build();
  }

  /** The consumer is stopping, and takes no more orders. */
  left(): void {
    this.#joined = false;
  }

  committed(): void {
    this.#refusedSince = null;
  }

  /** Commits of a member that the group does not know any more are refused for ever, and nobody tells it. */
  commitRefused(): void {
    this.#refusedSince ??= performance.now();
    if (performance.now() - this.#refusedSince < REFUSED_FOR_MS) return;
    this.#refusedSince = null;
    this.#replace({}, 'commits were refused for long');
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#joined = false;
    this.#clockWatch.stop();
    clearInterval(this.#watchdog);
    if (this.#buildTimer) clearTimeout(this.#buildTimer);
    const consumer = this.#consumer;
    this.#consumer = null;
    if (consumer && !(await leave(consumer)))
      this.logger.warn(
        'the consumer could not leave its group in time; its partitions wait for its session to end',
      );
  }

  async #build(): Promise<void> {
    const consumer = this.use.make();
    this.#consumer = consumer;
    this.#builtAt = performance.now();
    this.#refusedSince = null;
    this.#listenTo(consumer);
    try {
      await this.use.run(consumer);
      // Given up meanwhile, it would stay in the group, and nobody would work what it is assigned.
      if (this.#consumer !== consumer) await consumer.disconnect();
    } catch (error) {
      if (this.#consumer === consumer) this.#consumer = null;
      await consumer.disconnect();
      throw error;
    }
  }

  #listenTo(consumer: Consumer): void {
    const { GROUP_JOIN, FETCH, REBALANCING, STOP, DISCONNECT, CRASH } = consumer.events;
    const whileItCounts =
      <Event>(listener: (event: Event) => void) =>
      (event: Event): void => {
        if (this.#consumer === consumer) listener(event);
      };
    const onGone = whileItCounts(() => {
      this.#joined = false;
    });
    const onJoined = (event: ConsumerGroupJoinEvent): void => {
      this.#joined = true;
      this.#lastFetchAt = performance.now();
      this.use.joined(event);
    };
    const onFetched = whileItCounts(() => {
      const { fetchAgeMs } = this;
      if (fetchAgeMs > UNFETCHED_AFTER_MS) this.use.metrics.unfetched.of().add(fetchAgeMs / 1_000);
      this.#lastFetchAt = performance.now();
      this.#fetchedAt = this.#lastFetchAt;
      this.#ending = null;
      this.#delayMs = BUILD_DELAY_MS.first;
    });
    const onCrashed = ({ payload }: ConsumerCrashEvent): void => {
      this.#consumer = null;
      if (!this.#closing) this.use.metrics.consumersGivenUp.of().add();
      this.#ended(payload.error);
    };
    consumer.on(GROUP_JOIN, whileItCounts(onJoined));
    consumer.on(FETCH, onFetched);
    consumer.on(
      REBALANCING,
      whileItCounts(() => {
        this.use.rebalancing();
      }),
    );
    consumer.on(STOP, onGone);
    consumer.on(DISCONNECT, onGone);
    consumer.on(CRASH, whileItCounts(onCrashed));
  }

  /** A consumer crashed, or could not be built; there is none now. */
  #ended(error: unknown): void {
    this.#joined = false;
    if (this.#closing || this.#consumer !== null) return;
    // A consumer that is built anew fails for the same reason, and kafkajs hides it then.
    this.#ending = this.use.explain(error) ?? this.#ending ?? '';
    this.logger.error(
      { err: error, why: this.#ending, inMs: this.#delayMs },
      'the consumer was given up; building a new one',
    );
    this.#buildTimer = setTimeout(() => void this.#buildOrRetry(), this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, BUILD_DELAY_MS.most);
  }

  #replace(details: object, why: string): void {
    const consumer = this.#consumer;
    if (this.#closing || consumer === null) return;
    this.use.metrics.consumersGivenUp.of().add();
    this.logger.warn(details, `${why}; building a new consumer`);
    this.#consumer = null;
    this.#joined = false;
    void leave(consumer).then(() => this.#buildOrRetry());
  }

  async #buildOrRetry(): Promise<void> {
    if (this.#closing || this.#consumer !== null) return;
    try {
      await this.#build();
    } catch (error) {
      this.#ended(error);
    }
  }
}

/** @returns whether it ended in time. One that does not is abandoned: it counts no more, and what it says is ignored. */
async function leave(consumer: Consumer): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LEAVE_WITHIN_MS, false);
    void consumer
      .disconnect()
      .catch(() => undefined)
      .then(() => {
        clearTimeout(timer);
        resolve(true);
      });
  });
}
