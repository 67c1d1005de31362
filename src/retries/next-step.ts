/**
 * What follows an attempt. Pure: the only place that decides between delivered, retry and exhausted.
 *
 * | verdict | next |
 * | --- | --- |
 * | 2xx | delivered |
 * | 410 Gone | exhausted, and the webhook is disabled |
 * | anything else, delays left in the schedule | a retry after the next delay ±20 %; 429 and 503 may ask for longer |
 * | anything else, none left | exhausted |
 *
 * What a receiver asks for with 429 or 503 holds for the whole webhook (`webhookRetryAfterMs`).
 */
import type { Verdict } from '../model/attempt.ts';
import { retryAfterMs } from './retry-after.ts';

const LONGEST_RETRY_AFTER_MS = 24 * 3_600_000;

const JITTER = 0.2;

export type NextStep =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly delayMs: number }
  | { readonly kind: 'exhausted'; readonly gone: boolean };

/**
 * @param number which attempt of its delivery it was, from 1.
 * @param scheduleMs the delays between attempts, in milliseconds.
 * @param clock the time as milliseconds since the epoch, and a random number in [0, 1).
 */
export function nextStep(
  verdict: Pick<Verdict, 'delivered' | 'statusCode' | 'retryAfter'>,
  number: number,
  scheduleMs: readonly number[],
  clock: { now: number; random: number },
): NextStep {
  if (verdict.delivered) return { kind: 'delivered' };
  if (verdict.statusCode === 410) return { kind: 'exhausted', gone: true };
  const scheduled = scheduleMs[number - 1];
  if (scheduled === undefined) return { kind: 'exhausted', gone: false };
  const delayMs = jittered(scheduled, clock.random);
  return { kind: 'retry', delayMs: Math.max(delayMs, askedForMs(verdict, clock.now) ?? 0) };
}

/**
 * For how long the receiver wants nothing at all: what it asked for, and at least the first delay of the schedule. Not the
 * delay of this attempt, which may be a day: that is about one delivery, and the others wait for the receiver alone.
 *
 * @returns null where it did not ask.
 */
export function webhookRetryAfterMs(
  verdict: Pick<Verdict, 'statusCode' | 'retryAfter'>,
  scheduleMs: readonly number[],
  clock: { now: number; random: number },
): number | null {
  const askedMs = askedForMs(verdict, clock.now);
  return askedMs === null ? null : Math.max(jittered(scheduleMs[0] ?? 0, clock.random), askedMs);
}

/** Spread, so that those that failed together do not come back together. Whole milliseconds. */
function jittered(delayMs: number, random: number): number {
  return Math.round(delayMs * (1 - JITTER + 2 * JITTER * random));
}

function askedForMs(
  { statusCode, retryAfter }: Pick<Verdict, 'statusCode' | 'retryAfter'>,
  now: number,
): number | null {
  const askedMs = statusCode === 429 || statusCode === 503 ? retryAfterMs(retryAfter, now) : null;
  return askedMs === null ? null : Math.min(askedMs, LONGEST_RETRY_AFTER_MS);
}
