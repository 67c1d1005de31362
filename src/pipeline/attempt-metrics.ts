/** Counts and measures attempts for the metrics. It runs for every attempt, so it does few look-ups and allocates nothing. */
import { STATUS_CODES } from 'node:http';
import type { Metrics } from '../metrics/metrics.ts';
import { ERROR_CODES, type Attempt, type Outcome, type Verdict } from '../model/attempt.ts';
import type { Delivery } from '../model/delivery.ts';
import type { Webhook } from '../model/webhook.ts';

/** A receiver may answer with any number. All statuses that are not registered share this label, so labels stay few. */
const OTHER_STATUS = 'other';
const STATUS_TEXTS = new Map(Object.keys(STATUS_CODES).map((code) => [Number(code), code]));

/** What is measured of an attempt. */
interface Measured {
  readonly delivery: Pick<Delivery, 'event'>;
  readonly webhook: Pick<Webhook, 'id' | 'method'>;
  readonly verdict: Pick<Verdict, 'statusCode' | 'errorCode'>;
  readonly durationMs: number;
}

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
    { delivery, webhook, verdict, durationMs }: Measured,
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
