/** Finds the lanes that should give away what they hold when memory is short. Pure. */
import type { Lane } from './lane.ts';

/** The queue of such a lane takes at least this long, and more than this many times as long as the quickest queue. */
const TOO_LONG = { waitMs: 1_000, times: 4 };

export function muchSlowerOnes(lanes: Iterable<Lane>, now: number): Lane[] {
  const waits = [...lanes].map((lane) => ({ lane, waitMs: lane.expectedWaitMs(now) }));
  const quickest = waits.reduce((least, { waitMs }) => Math.min(least, waitMs), Infinity);
  return waits
    .filter(({ waitMs }) => waitMs >= TOO_LONG.waitMs && waitMs > quickest * TOO_LONG.times)
    .map(({ lane }) => lane);
}
