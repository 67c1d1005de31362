/**
 * Keeps one consumer in the group, so that a running process never stops reading for good. It builds a new consumer, with
 * new connections, if the old one crashed or hangs, if the clock was set back, or if commits were refused for long.
 *
 * Only one consumer is current. What an old consumer still reports or hands over is ignored. The new one has its own member
 * id, and reads again all that was not committed.
 */
import type { LoggerService } from '@nestjs/common';
import type { Consumer, ConsumerCrashEvent, ConsumerGroupJoinEvent } from 'kafkajs';
import type { Metrics } from '../metrics/metrics.ts';
import { ClockWatch } from './clock-watch.ts';
import { CONSUMER_OPTIONS } from './consumer-options.ts';

/** A longer time without a fetch is counted in the metrics. A working member fetches every quarter of a second. */
const UNFETCHED_AFTER_MS = 1_000;
/** Without a fetch for this long, even an empty one, the connection hangs and nothing is read. */
const SILENT_AFTER_MS = 15_000;
/** After this time a new consumer is built. It is longer than kafkajs waits for any answer; a join takes longest. */
const HANGING_AFTER_MS = 30_000;
const LOOK_EVERY_MS = 5_000;
/** Half of the session timeout, because kafkajs sends no heartbeat for as long as the clock went back. */
const CLOCK_TOLERANCE_MS = CONSUMER_OPTIONS.sessionTimeout / 2;
/** How long a consumer may take to leave the group, when it is given up or the process ends. */
const LEAVE_WITHIN_MS = 3_000;
const REFUSED_FOR_MS = 30_000;
/** These are short, because they delay reading after an outage of Kafka. */
const BUILD_DELAY_MS = { first: 1_000, most: 3_000 };

export interface ConsumerUse {
  make(): Consumer;
  /** Connects and runs the consumer. @throws if it cannot. */
  run(consumer: Consumer): Promise<void>;
  joined(event: ConsumerGroupJoinEvent): void;
  rebalancing(): void;
  /** Given for the events topic only. */
  readonly metrics?: Pick<Metrics, 'consumersGivenUp' | 'unfetched'>;
  /** Explains an error in a sentence with what to do; null if it cannot. */
  explain(error: unknown): string | null;
}

export class ConsumerKeeper {
  #consumer: Consumer | null = null;
  #builtAt = 0;
  #joined = false;
  #closing = false;
  #lastFetchAt = 0;
  /** When any consumer fetched last. Before the first fetch: when this was made. */
  #fetchedAt = performance.now();
  #refusedSince: number | null = null;
  /** Why the last consumer ended, until a consumer fetches again. Empty: it is not known. */
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

  /** The current consumer; null while there is none. */
  get consumer(): Consumer | null {
    return this.#consumer;
  }

  get joined(): boolean {
    return this.#joined;
  }

  /** Whether the consumer is in the group and fetches. A paused member fetches as well, but from no partition. */
  get reading(): boolean {
    return this.#joined && this.#ending === null && performance.now() - this.#lastFetchAt < SILENT_AFTER_MS;
  }

  get fetchAgeMs(): number {
    return performance.now() - this.#fetchedAt;
  }

  /** Why nothing is read; empty if that is not known, or while something is read. */
  get ending(): string {
    return this.#ending ?? '';
  }

  /** @throws when the first consumer cannot be built. */
  async start(): Promise<void> {
    await this.#build();
  }

  /** The consumer is stopping, and must not be paused or resumed any more. */
  left(): void {
    this.#joined = false;
  }

  committed(): void {
    this.#refusedSince = null;
  }

  /** If the group no longer knows a member, it refuses all its commits, and the member does not learn why. */
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
      // If it was given up meanwhile, it must leave the group. Otherwise nobody would work on its partitions.
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
      if (fetchAgeMs > UNFETCHED_AFTER_MS) this.use.metrics?.unfetched.of().add(fetchAgeMs / 1_000);
      this.#lastFetchAt = performance.now();
      this.#fetchedAt = this.#lastFetchAt;
      this.#ending = null;
      this.#delayMs = BUILD_DELAY_MS.first;
    });
    const onCrashed = ({ payload }: ConsumerCrashEvent): void => {
      this.#consumer = null;
      if (!this.#closing) this.use.metrics?.consumersGivenUp.of().add();
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

  /** A consumer crashed or could not be built, so there is none now. */
  #ended(error: unknown): void {
    this.#joined = false;
    if (this.#closing || this.#consumer !== null) return;
    // A new consumer fails for the same reason, but kafkajs then hides it. So the known reason is kept.
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
    this.use.metrics?.consumersGivenUp.of().add();
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

/** @returns whether the consumer ended in time. If not, it is abandoned, and what it reports is ignored. */
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
