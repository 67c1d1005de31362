/**
 * The connections of one reader of a topic, made when they are first needed. A question that fails is asked again for a
 * bounded time: when Kafka answered, with fresh metadata, as a leader may have moved or the topic may have been made anew;
 * else over new connections, as the old ones may be silent for ever. Each try ends with the time, whatever it waits for.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { createCluster, type Cluster } from './cluster.ts';
import { KafkaJSProtocolError } from './kafkajs.ts';
import { LogUnavailable, OffsetGone, UnknownPartition } from './log-faults.ts';

const RETRY_DELAY_MS = { first: 50, most: 1_000 };
/** Asking again does not help. */
const DENIED = 'TOPIC_AUTHORIZATION_FAILED';

export interface ConnectionOptions {
  readonly topic: string;
  /** For so long a question is asked again. */
  readonly tryForMs: number;
  /** What to say of an error, if there is something to say. */
  readonly explain: (error: unknown) => string | null;
}

export class TopicConnection {
  readonly #waiting = new Set<(why: Error) => void>();
  #cluster: Promise<Cluster> | null = null;
  #closed = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly options: ConnectionOptions,
  ) {}

  /** @throws LogUnavailable, or `OffsetGone` and `UnknownPartition` as `ask` throws them. */
  async use<Answer>(ask: (cluster: Cluster) => Promise<Answer>): Promise<Answer> {
    const until = performance.now() + this.options.tryForMs;
    const isOver = (): boolean => this.#closed || performance.now() >= until;
    for (let delayMs = RETRY_DELAY_MS.first; ; delayMs = Math.min(2 * delayMs, RETRY_DELAY_MS.most)) {
      const connecting = this.#connected();
      try {
        return await this.#upTo(
          until,
          connecting.then((cluster) => ask(cluster)),
        );
      } catch (error) {
        if (error instanceof OffsetGone || error instanceof UnknownPartition) throw error;
        const answer = answerOf(error);
        if (answer === null) this.#drop(connecting);
        if (isOver() || answer === DENIED) throw this.#unavailable(error);
        await pause(delayMs);
        // What this fails with, the next try fails with.
        if (answer !== null) await this.#upTo(until, refresh(connecting)).catch(() => undefined);
        if (isOver()) throw this.#unavailable(error);
      }
    }
  }

  /** Whoever waits for an answer is told that none will come. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const give of this.#waiting) give(new Error('the reader is closed'));
    const connecting = this.#cluster;
    this.#cluster = null;
    await connecting?.then((cluster) => cluster.disconnect()).catch(() => undefined);
  }

  #connected(): Promise<Cluster> {
    if (this.#closed) return Promise.reject(new Error('the reader is closed'));
    if (this.#cluster) return this.#cluster;
    const connecting = this.#connect();
    this.#cluster = connecting;
    connecting.catch(() => {
      if (this.#cluster === connecting) this.#cluster = null;
    });
    return connecting;
  }

  async #connect(): Promise<Cluster> {
    const cluster = createCluster(this.kafka);
    try {
      await cluster.connect();
      await cluster.addTargetTopic(this.options.topic);
      return cluster;
    } catch (error) {
      void cluster.disconnect().catch(() => undefined);
      throw error;
    }
  }

  /** Their end may never come, when nothing comes from the broker. */
  #drop(connecting: Promise<Cluster>): void {
    if (this.#cluster === connecting) this.#cluster = null;
    void connecting.then((cluster) => cluster.disconnect()).catch(() => undefined);
  }

  /** The same promise, but no longer than until then. */
  async #upTo<Answer>(until: number, promise: Promise<Answer>): Promise<Answer> {
    const { promise: given, reject } = Promise.withResolvers<never>();
    this.#waiting.add(reject);
    const timer = setTimeout(() => {
      reject(new Error(`no answer came within ${this.options.tryForMs} ms`));
    }, until - performance.now());
    try {
      return await Promise.race([promise, given]);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(reject);
    }
  }

  #unavailable(error: unknown): LogUnavailable {
    return new LogUnavailable(this.options.topic, this.options.explain(error), error);
  }
}

async function refresh(connecting: Promise<Cluster>): Promise<void> {
  await (await connecting).refreshMetadata();
}

/** The type of what Kafka itself answered; null where it did not. kafkajs wraps it in errors of its own. */
function answerOf(error: unknown): string | null {
  if (error instanceof KafkaJSProtocolError) return error.type;
  return error instanceof Error && error.cause !== undefined ? answerOf(error.cause) : null;
}
