/** Counts and measures attempts. Once per delivery, so it looks up little and makes nothing. */
import { STATUS_CODES } from 'node:http';
import type { Metrics } from '../metrics/metrics.ts';
import { ERROR_CODES, type Attempt, type Outcome } from '../model/attempt.ts';
import type { EndedAttempt } from './attempt-runner.ts';

/** A receiver may answer with any number; those that are registered are few. */
const OTHER_STATUS = 'other';
const STATUS_TEXTS = new Map(Object.keys(STATUS_CODES).map((code) => [Number(code), code]));

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

  /** A producer's clock may be ahead, and what it wrote of a leap second is no date. */
  #arrived(timestamp: string, now: number): void {
    const tookMs = now - Date.parse(timestamp);
    if (!Number.isNaN(tookMs)) this.metrics.arrivals.of().observe(Math.max(tookMs, 0) / 1_000);
  }
}

function statusText(statusCode: number | null): string {
  if (statusCode === null) return '';
  return STATUS_TEXTS.get(statusCode) ?? OTHER_STATUS;
}
