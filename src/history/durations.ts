/**
 * A histogram of durations. Its buckets are always the same, so the histograms of hours and webhooks can be added. Pure.
 *
 * Each bucket ends at √2 times the end of the one before. So a percentile that is read from it is at most a fifth wrong.
 */

/** Where each bucket ends, in milliseconds, itself included; the last one has no end. */
const ENDS = [0, 1, 2, 3, ...Array.from({ length: 34 }, (_, step) => Math.round(2 ** (2 + step / 2)))];

export const BUCKETS = ENDS.length + 1;

export function bucketOf(durationMs: number): number {
  let [low, high] = [0, ENDS.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (durationMs <= (ENDS[middle] ?? Infinity)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** @param share from 0 to 1. @returns milliseconds; null where nothing was counted. */
export function percentile(counts: readonly number[], share: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let rest = Math.max(1, Math.ceil(total * share));
  for (const [bucket, count] of counts.entries()) {
    if (rest <= count) return within(bucket, rest / count);
    rest -= count;
  }
  return within(counts.length - 1, 1);
}

/** It takes the values of a bucket as evenly spread. */
function within(bucket: number, share: number): number {
  const from = bucket === 0 ? 0 : (ENDS[bucket - 1] ?? 0);
  const to = ENDS[bucket] ?? from;
  return Math.round(from + (to - from) * share);
}
