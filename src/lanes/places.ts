/** Counts the places for requests over all lanes, and says which lane may take one. The rules are in `lanes.ts`. Pure. */

/** The places that a lane holds. */
export interface Holding {
  readonly running: number;
  readonly runningStored: number;
  /** Whether the lane is known to give its places back soon. */
  readonly quick: boolean;
}

/** A lane leaves this share of all places free for each request that it has under way, up to so many requests. */
const LEFT = { share: 1 / 64, requests: 8 };
/** The share of all places that only quick lanes may take. */
const FOR_QUICK = 1 / 4;
/** A lane not known to be quick may hold this many times what is still free for such lanes. */
const TIMES_FREE = 2;
/** Stored deliveries may take half of all places. Of these, quick lanes alone may take this share of all places. */
const FOR_QUICK_STORED = 1 / 16;

export class Places {
  #taken = 0;
  #stored = 0;
  readonly #limits: { stored: number; slow: number; slowStored: number };
  /** Held by lanes not known to be quick. */
  readonly #slow = { taken: 0, stored: 0 };

  constructor(private readonly most: number) {
    const stored = Math.ceil(most / 2);
    const slow = most - Math.floor(most * FOR_QUICK);
    this.#limits = { stored, slow, slowStored: stored - Math.floor(most * FOR_QUICK_STORED) };
  }

  get taken(): number {
    return this.#taken;
  }

  mayTake(lane: Holding): boolean {
    const left = Math.floor(Math.min(lane.running, LEFT.requests) * this.most * LEFT.share);
    if (this.most - this.#taken <= left) return false;
    return lane.quick || lane.running < TIMES_FREE * this.#freeForSlow;
  }

  /** Whether the lane may start a stored or caught-up delivery. */
  mayTakeStored({ quick }: Holding): boolean {
    return this.#stored < this.#limits.stored && (quick || this.#slow.stored < this.#limits.slowStored);
  }

  /** How many requests the lane could have under way, if no other lane took a place. */
  within(lane: Holding): number {
    if (lane.quick) return this.most;
    const more = Math.floor((TIMES_FREE * this.#freeForSlow - lane.running) / (TIMES_FREE + 1));
    return lane.running + Math.max(more, 0);
  }

  take({ quick }: Holding, stored: boolean): void {
    this.#count(1, stored, quick);
  }

  giveBack({ quick }: Holding, stored: boolean): void {
    this.#count(-1, stored, quick);
  }

  /** The lane has become quick, or is no longer quick. */
  moved({ running, runningStored, quick }: Holding): void {
    this.#slow.taken += quick ? -running : running;
    this.#slow.stored += quick ? -runningStored : runningStored;
  }

  get #freeForSlow(): number {
    return this.#limits.slow - this.#slow.taken;
  }

  #count(change: 1 | -1, stored: boolean, quick: boolean): void {
    this.#taken += change;
    if (stored) this.#stored += change;
    if (quick) return;
    this.#slow.taken += change;
    if (stored) this.#slow.stored += change;
  }
}
