/**
 * Makes one attempt: builds the request, sends it and judges the answer. Then it makes the record for the results topic.
 * All attempts are made here: of fresh, stored and caught-up deliveries, and of test sends.
 *
 * A receiver's failure is an outcome, never an exception. What follows an attempt is decided by the caller.
 */
import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { ExchangeResult } from '../delivery/exchange.ts';
import type { RequestBuilder } from '../delivery/request.ts';
import type { Sender } from '../delivery/sender.ts';
import { TransportFailure } from '../delivery/transport-failure.ts';
import { judge } from '../delivery/verdict.ts';
import type { Attempt, Outcome, Verdict } from '../model/attempt.ts';
import { nextReason, type Delivery } from '../model/delivery.ts';
import type { Webhook } from '../model/webhook.ts';
import { maskedUrl } from '../model/webhook-url.ts';
import type { ResultsService } from '../results/results.service.ts';
import type { AttemptMetrics } from './attempt-metrics.ts';
import { withoutSecrets } from './mask-secrets.ts';

/** Time and random numbers. Tests pass their own. */
export interface Clock {
  /** Milliseconds since the epoch. It may jump. */
  now(): number;
  /** Milliseconds of a clock that never goes back, to measure durations. */
  elapsed(): number;
  /** From 0 (inclusive) to 1 (exclusive). */
  random(): number;
}

/** An attempt whose answer is judged. What follows it is not decided yet. */
export interface EndedAttempt {
  readonly delivery: Delivery;
  readonly webhook: Webhook;
  /** Which attempt of the delivery it is, from 1. */
  readonly number: number;
  readonly verdict: Verdict;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
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

function toAttempt(
  ended: EndedAttempt,
  outcome: Outcome,
  nextAttemptInMs: number | null,
  now: number,
  shownUsername: (username: string) => string | null,
): Attempt {
  const { delivery, webhook, verdict, startedAt } = ended;
  const { event } = delivery;
  return {
    id: attemptId(now),
    delivery_id: delivery.id,
    event_id: event.id,
    event_type: event.type,
    event_timestamp: event.timestamp,
    webhook_id: webhook.id,
    webhook_url: publicUrl(webhook),
    method: webhook.method,
    attempt: ended.number,
    reason: nextReason(delivery),
    outcome,
    status_code: verdict.statusCode,
    error_code: verdict.errorCode,
    error_message: publicMessage(ended),
    duration_ms: ended.durationMs,
    response_body: publicBody(ended),
    started_at: isoText(startedAt),
    next_attempt_at: nextAttemptInMs === null ? null : new Date(now + nextAttemptInMs).toISOString(),
    source_topic: event.source?.topic ?? null,
    source_partition: event.source?.partition ?? null,
    source_offset: event.source?.offset ?? null,
    username: event.username === null ? null : shownUsername(event.username),
    replay_id: delivery.replayId,
  };
}

/**
 * @param now milliseconds since the epoch.
 * @returns UUIDv7 (RFC 9562 section 5.7): the time, and the random part of a UUIDv4.
 */
export function attemptId(now: number): string {
  return timePart(now) + randomUUID().slice(15);
}

const timePart = perMillisecond((now) => {
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7`;
});

const isoText = perMillisecond((now) => new Date(now).toISOString());

/** A receiver may repeat secrets that it was sent. Readers of the results must not see them. */
function publicBody({ verdict, webhook }: EndedAttempt): string | null {
  const { responseBody, bodyCut } = verdict;
  return responseBody === null ? null : withoutSecrets(responseBody, webhook, bodyCut);
}

function publicMessage({ verdict: { errorMessage }, webhook }: EndedAttempt): string | null {
  return errorMessage === null ? null : withoutSecrets(errorMessage, webhook, false);
}

/** A changed webhook is a new object, so an entry is never out of date. */
const publicUrls = new WeakMap<Webhook, string>();

function publicUrl(webhook: Webhook): string {
  let url = publicUrls.get(webhook);
  if (url === undefined) {
    url = maskedUrl(webhook.url);
    publicUrls.set(webhook, url);
  }
  return url;
}

/** @returns `textOf` with its last result cached: at full speed dozens of attempts begin or end within one millisecond. */
function perMillisecond(textOf: (now: number) => string): (now: number) => string {
  let of: number | null = null;
  let text = '';
  return (now) => {
    if (now !== of) {
      text = textOf(now);
      of = now;
    }
    return text;
  };
}
