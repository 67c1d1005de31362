/** What the lanes know of a delivery, and a delivery of its lane. */
export interface LaneRules {
  /** Requests under way at once. */
  readonly limit: number;
  readonly ratePerSecond: number | null;
}

export interface Settled {
  /**
   * `release`: it has left, the next of its user may go. `divert`: it waits in the database, and so must all behind it.
   */
  readonly then: 'release' | 'divert';
  /** What it says of the endpoint; null when no request was made, or nothing can be concluded. */
  readonly endpoint: 'works' | 'fails' | null;
}

export interface LaneWork {
  readonly laneId: string;
  /** Null: ordered behind nothing. */
  readonly orderKey: string | null;
  /** Whether it is stored already. */
  readonly retry: boolean;
  /** Starts it; `settled` is called once. */
  run(settled: (how: Settled) => void): void;
  /** It is not to be sent now but to wait in the database. Called instead of `run`. */
  divert(): void;
  /** Its request is under way and goes on, but it is to be stored as well, so that others can be stored behind it. */
  storeWhileUnderWay(): void;
}
