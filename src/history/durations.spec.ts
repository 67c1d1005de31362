import { expect, it } from 'vitest';
import { BUCKETS, bucketOf, percentile } from './durations.ts';

function counted(durations: readonly number[]): number[] {
  const counts = Array.from({ length: BUCKETS }, () => 0);
  for (const durationMs of durations) {
    const bucket = bucketOf(durationMs);
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }
  return counts;
}

it('a percentile is right within a fifth, from a millisecond to five minutes', () => {
  for (const ms of [1, 2, 3, 7, 20, 99, 1_000, 15_000, 299_999]) {
    const found = percentile(counted([ms, ms, ms]), 0.5) ?? 0;
    expect(Math.abs(found - ms)).toBeLessThanOrEqual(Math.max(1, ms / 5));
  }
});

it('percentiles of many', () => {
  const counts = counted(Array.from({ length: 1_000 }, (_, index) => index + 1));
  for (const share of [0.5, 0.95, 0.99]) {
    const found = percentile(counts, share) ?? 0;
    expect(Math.abs(found - share * 1_000)).toBeLessThanOrEqual(share * 200);
  }
});

it('nothing was counted: no percentile, and not 0', () => {
  expect(percentile(counted([]), 0.5)).toBeNull();
});

it('any duration has a bucket', () => {
  expect([bucketOf(0), bucketOf(Number.MAX_SAFE_INTEGER)]).toEqual([0, BUCKETS - 1]);
});
