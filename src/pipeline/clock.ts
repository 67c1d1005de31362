/** What the pipeline knows of time and chance, for tests to hold. */
export interface Clock {
  /** Milliseconds since the epoch. It may jump. */
  now(): number;
  /** Milliseconds, never going back: for what is measured. */
  elapsed(): number;
  /** From 0 (inclusive) to 1 (exclusive). */
  random(): number;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  random: () => Math.random(),
};
