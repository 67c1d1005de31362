/** Which lanes hold more than is good for the others, when memory is short. Pure. */
import type { Lane } from './lane.ts';

/** Its queue takes this long, and this many times longer than the quickest one's. */
const TOO_LONG = { waitMs: 1_000, times: 4 };

export function muchSlowerOnes(lanes: Iterable<Lane>, now: number): Lane[] {
  const waits = [...lanes].map((lane) => ({ lane, waitMs: lane.expectedWaitMs(now) }));
  const quickest = waits.reduce((least, { waitMs }) => Math.min(least, waitMs), Infinity);
  return waits
    .filter(({ waitMs }) => waitMs >= TOO_LONG.waitMs && waitMs > quickest * TOO_LONG.times)
    .map(({ lane }) => lane);
}
