/** Medians, percentiles and spreads. Pure. */

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function spread(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) };
}

/** How many there were of each value. */
export type Histogram = Readonly<Record<number, number>>;

export function percentileOf(histograms: readonly Histogram[], share: number): number {
  const counts = new Map<number, number>();
  for (const histogram of histograms) {
    for (const [value, count] of Object.entries(histogram)) {
      counts.set(Number(value), (counts.get(Number(value)) ?? 0) + count);
    }
  }
  const sorted = [...counts].sort(([a], [b]) => a - b);
  let left = sorted.reduce((sum, [, count]) => sum + count, 0) * share;
  for (const [value, count] of sorted) {
    left -= count;
    if (left < 0) return value;
  }
  return sorted.at(-1)?.[0] ?? NaN;
}
