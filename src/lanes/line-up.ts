/**
 * The lanes that could start a request, and which of them is next. Of those that may take a place, it is the lane with the
 * fewest requests under way. Of lanes with equally many, it is the one that has waited longest. It also keeps the pace of
 * each lane up to date, and counts the quick ones.
 */
import type { Pace } from './endpoint.ts';
import type { Lane } from './lane.ts';
import type { Places } from './places.ts';

export class LineUp {
  /** Within each of these groups, only the number under way decides whether a lane may take a place. */
  readonly #quick = { fresh: new Turns(), stored: new Turns() };
  readonly #others = { fresh: new Turns(), stored: new Turns() };
  #came = 0;
  #quickLanes = 0;

  constructor(private readonly places: Places) {}

  get anyQuick(): boolean {
    return this.#quickLanes > 0;
  }

  /** Moves the lane to its present place, or takes it out if it could start nothing. */
  put(lane: Lane, now: number): void {
    const { turn, running } = lane;
    this.#judge(lane, lane.newPace);
    if (!lane.startable(now)) {
      turn.leave();
      return;
    }
    if (!turn.turns) {
      this.#came += 1;
      lane.cameAs = this.#came;
    }
    const { fresh, stored } = lane.quick ? this.#quick : this.#others;
    (lane.hasFreshReady ? fresh : stored).put(turn, running);
  }

  /** Takes out the lane that starts next. @returns null if no lane may start. */
  take(): Lane | null {
    let next = this.#better(null, this.#quick.fresh.first, false);
    next = this.#better(next, this.#quick.stored.first, true);
    next = this.#better(next, this.#others.fresh.first, false);
    next = this.#better(next, this.#others.stored.first, true);
    next?.turn.leave();
    return next;
  }

  /** Takes out a lane for good. Nothing of it may be under way. */
  remove(lane: Lane): void {
    lane.turn.leave();
    this.#judge(lane, 'unknown');
  }

  #judge(lane: Lane, pace: Pace): void {
    const wasQuick = lane.quick;
    lane.pace = pace;
    if (lane.quick === wasQuick) return;
    this.#quickLanes += wasQuick ? -1 : 1;
    this.places.moved(lane);
  }

  #better(best: Lane | null, lane: Lane | null, stored: boolean): Lane | null {
    if (!lane || (best && !isBefore(lane, best))) return best;
    return this.places.mayTake(lane) && (!stored || this.places.mayTakeStored(lane)) ? lane : best;
  }
}

function isBefore(lane: Lane, other: Lane): boolean {
  return lane.running < other.running || (lane.running === other.running && lane.cameAs < other.cameAs);
}

/** Below this number of requests there is a level for each number; above, two levels for each power of two. */
const EXACT_BELOW = 16;
const LAST_LEVEL = 30;

/** The place of a lane in the line-up. */
export class Turn {
  turns: Turns | null = null;
  level = 0;
  next: Turn = this;
  previous: Turn = this;

  constructor(readonly lane: Lane) {}

  leave(): void {
    this.turns?.remove(this);
  }
}

/**
 * A part of the lanes. The lane with the fewest requests under way is first. Lanes of the same level take turns.
 * The cost of a step does not grow with the number of lanes: each level is a linked list, and one bit says whether it is empty.
 */
class Turns {
  /** The first place of each level. Its `previous` is the last one. */
  readonly #heads: (Turn | undefined)[] = [];
  #filledLevels = 0;

  /** The lane that is next. */
  get first(): Lane | null {
    if (this.#filledLevels === 0) return null;
    const lowest = 31 - Math.clz32(this.#filledLevels & -this.#filledLevels);
    return this.#heads[lowest]?.lane ?? null;
  }

  /** Puts the lane behind all others of its level. If it is in this level already, it keeps its place. */
  put(turn: Turn, underWay: number): void {
    const level = levelOf(underWay);
    if (turn.turns === this && turn.level === level) return;
    turn.leave();
    turn.turns = this;
    turn.level = level;
    const head = this.#heads[level];
    if (head) {
      turn.previous = head.previous;
      turn.next = head;
      head.previous.next = turn;
      head.previous = turn;
    } else {
      this.#heads[level] = turn;
      this.#filledLevels |= 1 << level;
    }
  }

  remove(turn: Turn): void {
    const { level } = turn;
    if (turn.next === turn) {
      this.#heads[level] = undefined;
      this.#filledLevels &= ~(1 << level);
    } else {
      if (this.#heads[level] === turn) this.#heads[level] = turn.next;
      turn.previous.next = turn.next;
      turn.next.previous = turn.previous;
    }
    turn.turns = null;
    turn.next = turn;
    turn.previous = turn;
  }
}

function levelOf(underWay: number): number {
  if (underWay < EXACT_BELOW) return underWay;
  const power = 31 - Math.clz32(underWay);
  return Math.min(EXACT_BELOW + (power - 4) * 2 + ((underWay >> (power - 1)) & 1), LAST_LEVEL);
}
