/** How far each partition that this instance owns was read, and how many records are left. Pure. */
import type { Places } from '../kafka/group-places.ts';

type Samples = (readonly [readonly [partition: string, position: string], number])[];

interface Positions {
  readonly received: number;
  readonly finished: number;
  readonly committed: number;
}

/**
 * @param partitions null where nothing was received yet; then what the group has committed is where all of it stands.
 * @param known of the log; a partition of which nothing is known has no lag.
 */
export function partitionSamples(
  partitions: Iterable<readonly [number, Positions | null]>,
  known: Places,
): { readonly offsets: Samples; readonly lags: Samples } {
  const offsets: Samples = [];
  const lags: Samples = [];
  for (const [partition, positions] of partitions) {
    const log = known.get(partition);
    const label = String(partition);
    if (log) offsets.push([[label, 'log_end'], log.high]);
    for (const [position, offset] of Object.entries(positions ?? standingAt(log?.committed ?? null))) {
      offsets.push([[label, position], offset]);
      // What was received since the log was asked for is beyond its end as it was then.
      if (log) lags.push([[label, position], Math.max(0, log.high - offset)]);
    }
  }
  return { offsets, lags };
}

function standingAt(committed: number | null): Partial<Positions> {
  return committed === null ? {} : { received: committed, finished: committed, committed };
}
