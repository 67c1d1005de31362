/** What a lane needs of a delivery, and what it is told when the delivery is settled. */

/** The lane is done with a delivery. */
export interface Settled {
  /**
   * `release`: the next of its user may start. `divert`: it waits in the database, and so must all behind it. `leave`: it
   * was not sent, and those behind it are not to be sent before it.
   */
  readonly then: 'release' | 'divert' | 'leave';
  /** What it says of the endpoint; null when no request was made, or it says nothing. */
  readonly endpoint: 'works' | 'fails' | null;
  /** For how long the endpoint asked to be left alone; null where it did not. */
  readonly retryAfterMs: number | null;
}

/** Why a delivery is not sent now: an earlier one of its user is in the database, or the lane cannot take it. */
export type Diversion = 'behind' | 'full';

/** What a lane needs of a delivery. */
export interface LaneWork {
  readonly laneId: string;
  /** Null: ordered behind nothing. */
  readonly orderKey: string | null;
  /** What held it when it came into the lane: its event's offset, its row, or the cursor that reads the log again. */
  readonly heldBy: 'offset' | 'row' | 'cursor';
  /** Starts it; `settled` is called once. */
  run(settled: (how: Settled) => void): void;
  /** It is not to be sent now but to wait: in the database, or in the log. Called instead of `run`. */
  divert(why: Diversion): void;
  /** Its request is under way and goes on, but it is to be stored as well, so that others can be stored behind it. */
  storeWhileUnderWay(): void;
}

/** The clock of the lanes, for tests to hold. */
export interface LaneClock {
  /** Milliseconds, never going back. */
  now(): number;
  after(ms: number, callback: () => void): void;
}
