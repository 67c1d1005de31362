/**
 * Decides what follows an attempt: delivered, retry or exhausted. No other place decides this. Pure.
 *
 * | verdict | next |
 * | --- | --- |
 * | 2xx | delivered |
 * | 410 Gone | exhausted, and the webhook is disabled |
 * | anything else, delays left in the schedule | a retry after the next delay ±20 %; 429 and 503 may ask for longer |
 * | anything else, none left | exhausted |
 *
 * If a receiver asks for a delay with 429 or 503, it holds for the whole webhook (`webhookRetryAfterMs`).
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
 * @param number the number of the attempt in its delivery, from 1.
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
 * For how long the whole webhook must wait, in milliseconds: what the receiver asked for, but at least the first delay of
 * the schedule. The delay of this attempt does not count. It may be a day, and it is about this one delivery only.
 *
 * @returns null if the receiver did not ask for a delay.
 */
export function webhookRetryAfterMs(
  verdict: Pick<Verdict, 'statusCode' | 'retryAfter'>,
  scheduleMs: readonly number[],
  clock: { now: number; random: number },
): number | null {
  const askedMs = askedForMs(verdict, clock.now);
  return askedMs === null ? null : Math.max(jittered(scheduleMs[0] ?? 0, clock.random), askedMs);
}

/** Changes the delay at random, so that deliveries that failed together do not return together. Whole milliseconds. */
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
