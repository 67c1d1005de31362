import type Queue from 'yocto-queue';
import type { Breaker } from './endpoint.ts';
import type { LaneWork } from './lane-work.ts';

/** All deliveries in a lane with the same order key. A delivery without an order key is a line of its own. */
export interface Line {
  /** The first delivery, which is ready or under way. */
  head: LaneWork;
  /** Whether the head, and those behind it, were to be stored during the head's request. */
  stored: boolean;
  behind: Queue<LaneWork> | null;
  /** When the head was started, in milliseconds of the lanes' clock. */
  startedAt: number;
  /** The breaker of the endpoint to which the head was sent. */
  breaker: Breaker;
}
