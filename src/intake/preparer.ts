import type { OffsetTracker } from './offset-tracker.ts';

/** Whoever must know of a partition before anything of it begins. Declared here, as intake is the one who calls it. */
export interface Preparer {
  /** Returns at once, and never throws. @param opened to be called when what must be known is known. */
  prepare(partition: number, tracker: OffsetTracker, opened: () => void): void;
}
