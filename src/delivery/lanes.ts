/**
 * The queue in front of the requests: one lane per webhook, so that an endpoint that hangs fills its own lane only.
 *
 * In a lane, deliveries with the same order key go one after another; others side by side, up to the lane's limit. Over
 * all lanes a global limit holds, and lanes with work take turns for it. Work that must be tried again keeps its order
 * key (what follows it waits) but not its place: others go on meanwhile. Pure but for the timer that is passed in.
 */

/** One delivery as the lanes see it. */
export interface LaneWork {
  readonly laneId: string;
  /** Null: ordered behind nothing. */
  readonly orderKey: string | null;
  /** At most this many of the lane at once. */
  readonly laneLimit: number;
  /** Starts it; `settled` is called once, with the milliseconds after which to start it again, or null when it is over. */
  run(settled: (againInMs: number | null) => void): void;
}

export type After = (ms: number, callback: () => void) => void;

class Lane {
  readonly ready: LaneWork[] = [];
  /** Behind the order keys that are in work: what waits for each. */
  readonly behind = new Map<string, LaneWork[]>();
  running = 0;
  limit = 1;
  queued = false;

  get startable(): boolean {
    return this.ready.length > 0 && this.running < this.limit;
  }

  get idle(): boolean {
    return this.ready.length === 0 && this.running === 0 && this.behind.size === 0;
  }
}

export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  /** Lanes that could start something, in turn. */
  readonly #turns: Lane[] = [];
  #running = 0;
  #starting = false;

  constructor(
    private readonly maxInFlight: number,
    private readonly after: After,
  ) {}

  get running(): number {
    return this.#running;
  }

  submit(work: LaneWork): void {
    let lane = this.#lanes.get(work.laneId);
    if (!lane) {
      lane = new Lane();
      this.#lanes.set(work.laneId, lane);
    }
    lane.limit = work.laneLimit;
    if (work.orderKey !== null) {
      const behind = lane.behind.get(work.orderKey);
      if (behind) {
        behind.push(work);
        return;
      }
      lane.behind.set(work.orderKey, []);
    }
    this.#makeReady(lane, work);
  }

  #makeReady(lane: Lane, work: LaneWork): void {
    lane.ready.push(work);
    this.#queue(lane);
    this.#startNext();
  }

  #queue(lane: Lane): void {
    if (lane.queued || !lane.startable) return;
    lane.queued = true;
    this.#turns.push(lane);
  }

  /** Not re-entered by work that settles at once, so that a long queue of it cannot exhaust the stack. */
  #startNext(): void {
    if (this.#starting) return;
    this.#starting = true;
    while (this.#running < this.maxInFlight) {
      const lane = this.#turns.shift();
      if (!lane) break;
      lane.queued = false;
      const work = lane.startable ? lane.ready.shift() : undefined;
      if (work) this.#start(lane, work);
    }
    this.#starting = false;
  }

  #start(lane: Lane, work: LaneWork): void {
    lane.running += 1;
    this.#running += 1;
    this.#queue(lane);
    work.run((againInMs) => {
      this.#settled(lane, work, againInMs);
    });
  }

  #settled(lane: Lane, work: LaneWork, againInMs: number | null): void {
    lane.running -= 1;
    this.#running -= 1;
    if (againInMs !== null) {
      this.after(againInMs, () => {
        this.#makeReady(lane, work);
      });
    } else if (work.orderKey !== null) {
      this.#release(lane, work.orderKey);
    }
    this.#queue(lane);
    if (lane.idle) this.#lanes.delete(work.laneId);
    this.#startNext();
  }

  #release(lane: Lane, orderKey: string): void {
    const next = lane.behind.get(orderKey)?.shift();
    if (next) lane.ready.push(next);
    else lane.behind.delete(orderKey);
  }
}
