/**
 * What follows an attempt. Pure: the only place that decides between delivered, retry and exhausted.
 *
 * | verdict | next |
 * | --- | --- |
 * | 2xx | delivered |
 * | 410 Gone | exhausted, and the webhook is disabled |
 * | anything else, delays left in the schedule | a retry after the next delay ±20 %; 429 and 503 may ask for longer |
 * | anything else, none left | exhausted |
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
  const asked = honoursRetryAfter(verdict.statusCode) ? retryAfterMs(verdict.retryAfter, clock.now) : null;
  if (asked === null) return { kind: 'retry', delayMs };
  return { kind: 'retry', delayMs: Math.max(delayMs, Math.min(asked, LONGEST_RETRY_AFTER_MS)) };
}

/** Spread, so that those that failed together do not come back together. Whole milliseconds. */
function jittered(delayMs: number, random: number): number {
  return Math.round(delayMs * (1 - JITTER + 2 * JITTER * random));
}

function honoursRetryAfter(statusCode: number | null): boolean {
  return statusCode === 429 || statusCode === 503;
}
