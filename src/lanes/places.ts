/**
 * The places for requests, over all lanes, and which lane may take one. Pure. The policy is told in `lanes.ts`.
 */

/** What a lane has of them. */
export interface Holding {
  readonly running: number;
  readonly runningStored: number;
  /** Whether its places are known to come back within moments. */
  readonly quick: boolean;
}

/** Of all places: what a lane leaves free for each request that it has under way, for at most so many of them. */
const LEFT = { share: 1 / 64, requests: 8 };
/** Of all places: those that are kept from lanes not known to be quick. */
const FOR_QUICK = 1 / 4;
/** A lane not known to be quick may have this many times what is still free for such lanes. */
const TIMES_FREE = 2;
/** Of all places, within the half that stored deliveries may have: kept from those of lanes not known to be quick. */
const FOR_QUICK_STORED = 1 / 16;

export class Places {
  #taken = 0;
  #stored = 0;
  readonly #limits: { stored: number; slow: number; slowStored: number };
  /** Of lanes not known to be quick. */
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

  /** Whether what it takes may be for a stored delivery. */
  mayTakeStored({ quick }: Holding): boolean {
    return this.#stored < this.#limits.stored && (quick || this.#slow.stored < this.#limits.slowStored);
  }

  /** How many a lane could have under way, if nobody else took one. */
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

  /** It became known to be quick, or is so no more. */
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
