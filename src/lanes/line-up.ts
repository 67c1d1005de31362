/**
 * The lanes that could start a request, and which of them is next. Of those that may take a place, it is the lane with the
 * fewest requests under way. Of lanes with equally many, it is the one that has waited longest. It also keeps the pace of
 * each lane up to date, and counts the quick ones.
 */
import type { Lane } from './lane.ts';
import type { Pace } from './pace.ts';
import type { Places } from './places.ts';
import { Turns } from './turns.ts';

export class LineUp {
  /** Within each of these groups, only the number under way decides whether a lane may take a place. */
  readonly #quick = { fresh: new Turns<Lane>(), stored: new Turns<Lane>() };
  readonly #others = { fresh: new Turns<Lane>(), stored: new Turns<Lane>() };
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
