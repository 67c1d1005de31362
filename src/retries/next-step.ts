/**
 * What follows an attempt. Pure: the only place that decides between done, again and given up.
 *
 * | verdict | next |
 * | --- | --- |
 * | 2xx | done |
 * | 410 Gone | given up, and the webhook is disabled |
 * | anything else, delays left in the schedule | again after the next delay ±20 %; 429 and 503 may ask for longer |
 * | anything else, none left | given up |
 */
import { jittered } from './backoff.ts';
import { retryAfterMs } from './retry-after.ts';

const LONGEST_RETRY_AFTER_MS = 24 * 3_600_000;

/** What is known of an attempt that has ended. */
export interface EndedAttempt {
  readonly delivered: boolean;
  readonly statusCode: number | null;
  /** The header of the answer, if there was one. */
  readonly retryAfter: string | undefined;
  /** Which attempt of its delivery it was, from 1. */
  readonly number: number;
}

export type NextStep =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly delayMs: number }
  | { readonly kind: 'given up'; readonly gone: boolean };

/**
 * @param scheduleMs the delays between attempts, in milliseconds.
 * @param clock the time as milliseconds since the epoch, and a random number in [0, 1).
 */
export function nextStep(
  attempt: EndedAttempt,
  scheduleMs: readonly number[],
  clock: { now: number; random: number },
): NextStep {
  if (attempt.delivered) return { kind: 'done' };
  if (attempt.statusCode === 410) return { kind: 'given up', gone: true };
  const scheduled = scheduleMs[attempt.number - 1];
  if (scheduled === undefined) return { kind: 'given up', gone: false };
  const delayMs = jittered(scheduled, clock.random);
  const asked = honoursRetryAfter(attempt.statusCode) ? retryAfterMs(attempt.retryAfter, clock.now) : null;
  if (asked === null) return { kind: 'again', delayMs };
  return { kind: 'again', delayMs: Math.max(delayMs, Math.min(asked, LONGEST_RETRY_AFTER_MS)) };
}

function honoursRetryAfter(statusCode: number | null): boolean {
  return statusCode === 429 || statusCode === 503;
}
