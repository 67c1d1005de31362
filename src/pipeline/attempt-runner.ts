/**
 * Makes one attempt: builds the request, sends it and judges the answer. Then it counts it, logs it and has it published.
 * All attempts are made here: of fresh, stored and caught-up deliveries, and of test sends.
 *
 * A receiver's failure is an outcome, never an exception. What follows an attempt is decided by the caller.
 */
import { STATUS_CODES } from 'node:http';
import { Logger } from '@nestjs/common';
import type { ExchangeResult } from '../delivery/exchange.ts';
import type { RequestBuilder } from '../delivery/request.ts';
import type { Sender } from '../delivery/sender.ts';
import { TransportFailure } from '../delivery/transport-failure.ts';
import { judge } from '../delivery/verdict.ts';
import type { Metrics } from '../metrics/metrics.ts';
import { ERROR_CODES, type Attempt, type EndedAttempt, type Outcome } from '../model/attempt.ts';
import type { Delivery } from '../model/delivery.ts';
import type { Webhook } from '../model/webhook.ts';
import { toAttempt, type ResultsService } from '../results/results.service.ts';

/** For the metrics. A receiver may answer with any number. All statuses that are not registered share this label, so labels stay few. */
const OTHER_STATUS = 'other';
const STATUS_TEXTS = new Map(Object.keys(STATUS_CODES).map((code) => [Number(code), code]));

/** Time and random numbers. Tests pass their own. */
export interface Clock {
  /** Milliseconds since the epoch. It may jump. */
  now(): number;
  /** Milliseconds of a clock that never goes back, to measure durations. */
  elapsed(): number;
  /** From 0 (inclusive) to 1 (exclusive). */
  random(): number;
}

/** What its callers use of it. While tracing is on, `TracedAttempts` is in its place. */
export type Attempts = Pick<AttemptRunner, 'run' | 'publish'>;

export class AttemptRunner {
  readonly #logger = new Logger(AttemptRunner.name);

  /**
   * @param options.logsDelivered whether successful attempts are logged as well.
   * @param options.shownUsername what a result shows as the user name.
   */
  constructor(
    private readonly requests: Pick<RequestBuilder, 'build'>,
    private readonly sender: Pick<Sender, 'send'>,
    private readonly results: Pick<ResultsService, 'publish'>,
    private readonly clock: Clock,
    private readonly options: {
      readonly logsDelivered: boolean;
      readonly metrics: Pick<AttemptMetrics, 'count'>;
      readonly shownUsername: (username: string) => string | null;
    },
  ) {}

  /** @param done called once. @returns when it started, in milliseconds since the epoch. */
  run(delivery: Delivery, webhook: Webhook, done: (ended: EndedAttempt) => void): number {
    const startedAt = this.clock.now();
    const from = this.clock.elapsed();
    const ended = (result: ExchangeResult): void => {
      const durationMs = Math.round(this.clock.elapsed() - from);
      const number = delivery.attempts + 1;
      done({ delivery, webhook, number, verdict: judge(result), startedAt, durationMs });
    };
    const request = this.requests.build(webhook, delivery.event, startedAt);
    if (request instanceof TransportFailure) ended({ failure: request });
    else this.sender.send(request, ended);
    return startedAt;
  }

  /**
   * Publishes the attempt on the results topic, counts it and logs it.
   *
   * @param nextAttemptInMs null if no attempt follows.
   * @param recorded called when the topic has acknowledged the attempt.
   */
  publish(
    ended: EndedAttempt,
    outcome: Outcome,
    nextAttemptInMs: number | null,
    recorded: () => void,
  ): Attempt {
    const now = this.clock.now();
    const attempt = toAttempt(ended, outcome, nextAttemptInMs, now, this.options.shownUsername);
    this.options.metrics.count(ended, outcome, attempt.reason, now);
    if (outcome !== 'delivered' || this.options.logsDelivered) this.#log(attempt);
    this.results.publish(attempt, ended.delivery.event.trace, recorded);
    return attempt;
  }

  #log(attempt: Attempt): void {
    // The body is not logged: it may repeat what was sent to the receiver.
    const { response_body, ...line } = attempt;
    this.#logger[attempt.outcome === 'delivered' ? 'debug' : 'warn'](line, `attempt ${attempt.outcome}`);
  }
}

/** Counts and measures attempts. It runs for every attempt, so it does few look-ups and allocates nothing. */
export class AttemptMetrics {
  constructor(
    private readonly metrics: Pick<
      Metrics,
      'attempts' | 'requestDurations' | 'arrivals' | 'ofWebhook' | 'options'
    >,
  ) {
    for (const reason of ['event', 'retry'] as const) {
      metrics.attempts.beginWith(['delivered', '', reason]);
      for (const code of Object.keys(ERROR_CODES)) {
        metrics.attempts.beginWith(['failed', code, reason], ['exhausted', code, reason]);
      }
    }
  }

  /** @param now milliseconds since the epoch. */
  count(
    { delivery, webhook, verdict, durationMs }: EndedAttempt,
    outcome: Outcome,
    reason: Attempt['reason'],
    now: number,
  ): void {
    const { attempts, requestDurations, ofWebhook, options } = this.metrics;
    const { statusCode, errorCode } = verdict;
    attempts.of(outcome, errorCode ?? '', reason).add();
    requestDurations.of(webhook.method, statusText(statusCode), errorCode ?? '').observe(durationMs / 1_000);
    if (options.byWebhook) ofWebhook.attempts.of(webhook.id, outcome).add();
    if (outcome === 'delivered' && reason !== 'test') this.#arrived(delivery.event.timestamp, now);
  }

  /** The producer's clock may be ahead of ours. A timestamp in a leap second is valid, but `Date.parse` cannot read it. */
  #arrived(timestamp: string, now: number): void {
    const tookMs = now - Date.parse(timestamp);
    if (!Number.isNaN(tookMs)) this.metrics.arrivals.of().observe(Math.max(tookMs, 0) / 1_000);
  }
}

function statusText(statusCode: number | null): string {
  if (statusCode === null) return '';
  return STATUS_TEXTS.get(statusCode) ?? OTHER_STATUS;
}
