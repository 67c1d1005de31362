/**
 * The connections of one reader of a topic. They are made when they are first needed. A request that fails is repeated for a
 * limited time. If Kafka answered with an error, the metadata is loaded again, because a leader may have moved or the topic
 * may have been made anew. If Kafka did not answer, new connections are made, because the old ones may be dead. At the end
 * of the time every try ends, no matter what it waits for.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { LogCluster } from './cluster.ts';
import { KafkaJSProtocolError } from './kafkajs.ts';
import { LogUnavailable, OffsetGone, UnknownPartition } from './log-faults.ts';

const RETRY_DELAY_MS = { first: 50, most: 1_000 };
/** To ask again does not help. */
const DENIED = 'TOPIC_AUTHORIZATION_FAILED';

export interface ConnectionOptions {
  readonly topic: string;
  /** For how long a failed request is repeated. */
  readonly tryForMs: number;
  /** Explains an error in a sentence with what to do; null if it cannot. */
  readonly explain: (error: unknown) => string | null;
}

export class TopicConnection {
  readonly #waiting = new Set<(why: Error) => void>();
  #cluster: Promise<LogCluster> | null = null;
  #closed = false;

  constructor(
    private readonly makeCluster: () => LogCluster,
    private readonly options: ConnectionOptions,
  ) {}

  /** @throws LogUnavailable, or `OffsetGone` and `UnknownPartition` as `ask` throws them. */
  async use<Answer>(ask: (cluster: LogCluster) => Promise<Answer>): Promise<Answer> {
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
        // An error here may be ignored: the next try fails with it as well.
        if (answer !== null) await this.#upTo(until, refresh(connecting)).catch(() => undefined);
        if (isOver()) throw this.#unavailable(error);
      }
    }
  }

  /** Closes the connections. Callers that wait for an answer get an error. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const give of this.#waiting) give(new Error('the reader is closed'));
    const connecting = this.#cluster;
    this.#cluster = null;
    await connecting?.then((cluster) => cluster.disconnect()).catch(() => undefined);
  }

  #connected(): Promise<LogCluster> {
    if (this.#closed) return Promise.reject(new Error('the reader is closed'));
    if (this.#cluster) return this.#cluster;
    const connecting = this.#connect();
    this.#cluster = connecting;
    connecting.catch(() => {
      if (this.#cluster === connecting) this.#cluster = null;
    });
    return connecting;
  }

  async #connect(): Promise<LogCluster> {
    const cluster = this.makeCluster();
    try {
      await cluster.connect();
      await cluster.addTargetTopic(this.options.topic);
      return cluster;
    } catch (error) {
      void cluster.disconnect().catch(() => undefined);
      throw error;
    }
  }

  /** It does not wait for the disconnect, which may never end if the broker sends nothing. */
  #drop(connecting: Promise<LogCluster>): void {
    if (this.#cluster === connecting) this.#cluster = null;
    void connecting.then((cluster) => cluster.disconnect()).catch(() => undefined);
  }

  /** @returns the result of the promise. @throws if it has none by the time `until`, or if this is closed before. */
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

async function refresh(connecting: Promise<LogCluster>): Promise<void> {
  await (await connecting).refreshMetadata();
}

/** Kafka's type of its answer, which kafkajs wraps in errors of its own; null if Kafka did not answer. */
function answerOf(error: unknown): string | null {
  if (error instanceof KafkaJSProtocolError) return error.type;
  return error instanceof Error && error.cause !== undefined ? answerOf(error.cause) : null;
}
