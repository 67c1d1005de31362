/** What a lane asks of a delivery (`LaneWork`), and what a delivery tells its lane when it is settled (`Settled`). */

/** How a delivery left its lane. */
export interface Settled {
  /**
   * `release`: the next delivery of its user may start. `divert`: it waits in the database, so all behind it must wait there
   * too. `leave`: it was not sent, so all behind it must not be sent either.
   */
  readonly then: 'release' | 'divert' | 'leave';
  /** What the attempt shows about the endpoint; null if no request was made. */
  readonly endpoint: 'works' | 'fails' | null;
  /** The delay that the endpoint asked for, in milliseconds; null if it did not ask. */
  readonly retryAfterMs: number | null;
}

/** Why a delivery is not sent now. `behind`: an earlier one of its user is stored. `full`: the lane cannot take it. */
export type Diversion = 'behind' | 'full';

/** A delivery as its lane sees it. */
export interface LaneWork {
  readonly laneId: string;
  /** Deliveries with the same key run one after another. Null: it need not wait for any other. */
  readonly orderKey: string | null;
  /** What held it when it entered the lane: its event's offset, its row, or the cursor that reads the log again. */
  readonly heldBy: 'offset' | 'row' | 'cursor';
  /** Sends it. It calls `settled` once. */
  run(settled: (how: Settled) => void): void;
  /** Makes it wait in the database or in the log. It is called instead of `run`. */
  divert(why: Diversion): void;
  /** Stores it while its request goes on, so that others can be stored behind it. */
  storeWhileUnderWay(): void;
}

/** The clock and the timers of the lanes. Tests pass their own. */
export interface LaneClock {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  after(ms: number, callback: () => void): void;
}
