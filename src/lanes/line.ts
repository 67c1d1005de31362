import type Queue from 'yocto-queue';
import type { Breaker } from './breaker.ts';
import type { LaneWork } from './lane-work.ts';

/** The deliveries with one order key that are in the lane; one that is ordered behind nothing is a line of its own. */
export interface Line {
  /** The first of them, ready or under way. */
  head: LaneWork;
  /** Whether the head was stored while under way, and with it what was behind it. */
  stored: boolean;
  behind: Queue<LaneWork> | null;
  /** When the head was started. */
  startedAt: number;
  /** Of the endpoint that the head was sent to. */
  breaker: Breaker;
}
