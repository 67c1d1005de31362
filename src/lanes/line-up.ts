/**
 * The lanes that could start something, and which of them starts next: of those that may take a place the one with the
 * fewest under way, of those with equally many the one that has waited longest. It knows which lanes are quick.
 */
import type { Lane } from './lane.ts';
import type { Pace } from './pace.ts';
import type { Places } from './places.ts';
import { Turns } from './turns.ts';

export class LineUp {
  /** Which lanes may take a place is a matter of how many they have under way, within each of these. */
  readonly #quick = { fresh: new Turns<Lane>(), stored: new Turns<Lane>() };
  readonly #others = { fresh: new Turns<Lane>(), stored: new Turns<Lane>() };
  #came = 0;
  #quickLanes = 0;

  constructor(private readonly places: Places) {}

  get anyQuick(): boolean {
    return this.#quickLanes > 0;
  }

  /** Puts the lane where it stands by now, or takes it away if it could start nothing. */
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

  /** @returns the lane that starts next, which is in it no more; null when none may. */
  take(): Lane | null {
    let next = this.#better(null, this.#quick.fresh.first, false);
    next = this.#better(next, this.#quick.stored.first, true);
    next = this.#better(next, this.#others.fresh.first, false);
    next = this.#better(next, this.#others.stored.first, true);
    next?.turn.leave();
    return next;
  }

  /** The lane is no more; nothing of it is under way. */
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
