import type { OffsetTracker } from './offset-tracker.ts';

/** Prepares a partition before its first record begins. It is declared here because intake calls it. */
export interface Preparer {
  /** Returns at once, and never throws. @param opened must be called once the records of the partition may begin. */
  prepare(partition: number, tracker: OffsetTracker, opened: () => void): void;
}
