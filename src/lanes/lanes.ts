/**
 * The queues in front of the requests: one lane per webhook. Over all lanes a global limit of places holds, which are
 * shared so that a healthy lane never waits for a slow request to end:
 *
 * - A free place goes to the lane with the fewest requests under way, to those with equally many in turn (`LineUp`).
 * - The more a lane has under way, the more places it leaves free: the last ones are for lanes with none (`Places`).
 * - Lanes that are not known to be quick (`PaceMeter`) have three quarters of the places, and each of them at most twice
 *   what is free of these. Of 1,024 places 4 slow lanes hold 170 each, 40 hold 19 each and 400 hold 2 each.
 * - While others are quick, no more fresh ones may wait in a slow lane than are under way in it.
 *
 * What a lane cannot take is diverted, to be stored instead of sent: all of a webhook whose breaker is open, what is too
 * much for a slow lane, and, when memory is short, what queues in lanes that are much slower than others (`relieve`). What
 * comes back from the database, or is read again from the log, stands in the same lanes.
 */
import type { Diversion, LaneClock, LaneWork, Settled } from './lane-work.ts';
import { Lane, NO_RULES, type LaneRules } from './lane.ts';
import type { Line } from './line.ts';
import { LineUp } from './line-up.ts';
import { Places } from './places.ts';
import { muchSlowerOnes } from './relief.ts';

const WATCH_INTERVAL_MS = 250; // For lanes that have fallen silent, while anything is under way.

export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly all: ReadonlyMap<string, Lane> = this.#lanes;
  /** Of webhooks that are no more, with work to be dropped or given back. */
  readonly #leaving = new Set<string>();
  readonly #places: Places;
  readonly #lineUp: LineUp;
  #watching = false;
  #starting = false;

  constructor(
    maxInFlight: number,
    private readonly rulesOf: (laneId: string) => LaneRules | null,
    private readonly clock: LaneClock,
  ) {
    this.#places = new Places(maxInFlight);
    this.#lineUp = new LineUp(this.#places);
  }

  get running(): number {
    return this.#places.taken;
  }

  submit(work: LaneWork): void {
    const lane = this.#lane(work.laneId);
    const now = this.clock.now();
    if (work.heldBy !== 'row' && this.#refuses(lane, now)) {
      if (work.orderKey === null || !lane.holds(work.orderKey)) {
        work.divert('full');
        return;
      }
      // Behind those of its user that are here: they must be stored before it.
      lane.add(work);
      this.#spill(lane, { stored: false }, now);
    } else {
      lane.add(work);
      this.#lineUp.put(lane, now);
    }
    this.#startNext(now);
  }

  /** Whether a delivery with this order key is in the webhook's lane, so that one that follows must join it there. */
  hold(laneId: string, orderKey: string): boolean {
    return this.#lanes.get(laneId)?.holds(orderKey) ?? false;
  }

  /** Whether a fresh delivery of this webhook would be diverted at once. */
  refuses(laneId: string): boolean {
    const lane = this.#lanes.get(laneId);
    return lane !== undefined && this.#refuses(lane, this.clock.now());
  }

  /**
   * How many requests the webhook may have under way at once: by its breaker, 0 while that is open and 1 for a probe; and
   * by what other lanes leave it.
   */
  placesFor(laneId: string): number {
    const lane = this.#lane(laneId);
    const byBreaker = lane.breaker.places(this.rulesOf(laneId)?.limit ?? 0, this.clock.now());
    return Math.min(byBreaker, Math.max(1, this.#places.within(lane)));
  }

  /** Whether the webhook's endpoint is known to answer within moments. */
  isQuick(laneId: string): boolean {
    return this.#lanes.get(laneId)?.quick ?? false;
  }

  /** Forgets what was known of the webhook's endpoint, say because it is another one now. */
  forget(laneId: string): void {
    const lane = this.#lanes.get(laneId);
    lane?.forgetEndpoint();
    if (lane) this.#lineUp.put(lane, this.clock.now());
  }

  /** Memory is short: lanes that are much slower than others hand what they hold to the database. */
  relieve(): void {
    const now = this.clock.now();
    for (const lane of muchSlowerOnes(this.#lanes.values(), now)) this.#spill(lane, { stored: false }, now);
  }

  /** Everything that has not started is handed to the database; requests under way go on. */
  spillAll(): void {
    const now = this.clock.now();
    for (const lane of this.#lanes.values()) this.#spill(lane, { stored: true }, now);
  }

  /** Rules of these may be others now, which hold at once; lanes of webhooks that are no more go. */
  renew(laneIds: Iterable<string> = this.#lanes.keys()): void {
    const now = this.clock.now();
    for (const laneId of new Set([...laneIds, ...this.#leaving])) {
      const lane = this.#lanes.get(laneId);
      const rules = this.rulesOf(laneId);
      this.#leaving.delete(laneId);
      if (!lane) continue;
      lane.applyRules(rules ?? NO_RULES, now);
      this.#lineUp.put(lane, now);
      if (rules) continue;
      if (!lane.idle) {
        this.#leaving.add(laneId);
        continue;
      }
      this.#lanes.delete(laneId);
      this.#lineUp.remove(lane);
    }
    this.#startNext(now);
  }

  #lane(laneId: string): Lane {
    let lane = this.#lanes.get(laneId);
    if (!lane) {
      lane = new Lane(this.rulesOf(laneId) ?? NO_RULES, this.clock.now());
      this.#lanes.set(laneId, lane);
    }
    return lane;
  }

  /** What fresh deliveries would wait for here, others wait for as well: their events are in memory until they end. */
  #refuses(lane: Lane, now: number): boolean {
    if (lane.breaker.places(1, now) === 0) return true;
    return lane.pace === 'slow' && this.#lineUp.anyQuick && lane.freshWaiting >= Math.max(lane.running, 1);
  }

  /** Not re-entered by work that settles at once, so that a long queue of it cannot exhaust the stack. */
  #startNext(now: number): void {
    if (this.#starting) return;
    this.#starting = true;
    try {
      for (let lane = this.#lineUp.take(); lane; lane = this.#lineUp.take()) this.#startOne(lane, now);
    } finally {
      this.#starting = false;
    }
  }

  #startOne(lane: Lane, now: number): void {
    const waitMs = lane.takeToken(now);
    if (waitMs > 0) {
      lane.waitsForRate = true;
      this.clock.after(waitMs, () => {
        lane.waitsForRate = false;
        this.#goOn(lane);
      });
      return;
    }
    const line = lane.start(this.#places.mayTakeStored(lane), now);
    if (!line) return;
    this.#places.take(lane, line.head.heldBy !== 'offset');
    this.#lineUp.put(lane, now);
    this.#watch(now);
    line.head.run((how) => {
      this.#settled(lane, line, how);
    });
  }

  #settled(lane: Lane, line: Line, how: Settled): void {
    const now = this.clock.now();
    this.#places.giveBack(lane, line.head.heldBy !== 'offset');
    // What one says that was under way when the endpoint became another one is not about this one.
    const learns = how.endpoint !== null && line.breaker === lane.breaker;
    if (learns) lane.answered(line, now);
    if (how.then === 'release') lane.release(line);
    else this.#divertAll(lane.releaseAll(line), how.then === 'divert' ? 'behind' : 'full');
    if (learns) this.#learn(lane, how, now);
    this.#lineUp.put(lane, now);
    this.#startNext(now);
  }

  #learn(lane: Lane, { endpoint, retryAfterMs }: Settled, now: number): void {
    if (endpoint === 'works' && retryAfterMs === null) {
      lane.breaker.succeeded();
      return;
    }
    if (retryAfterMs !== null) lane.breaker.openFor(retryAfterMs, now);
    else if (!lane.breaker.faulted(now)) return;
    this.#spill(lane, { stored: true }, now);
    this.#wakeAfterCoolDown(lane, now);
  }

  /** Nothing of the lane ends meanwhile that would start the next. */
  #wakeAfterCoolDown(lane: Lane, now: number): void {
    const coolDownMs = lane.breaker.coolDownMs(now);
    if (coolDownMs === 0 || now + coolDownMs >= lane.wakesAt) return;
    const at = now + coolDownMs;
    lane.wakesAt = at;
    this.clock.after(coolDownMs, () => {
      if (lane.wakesAt === at) lane.wakesAt = Infinity;
      this.#goOn(lane);
      // A timer may go off a fraction of a millisecond too soon by this clock.
      this.#wakeAfterCoolDown(lane, this.clock.now());
    });
  }

  /** What it waited for is over. */
  #goOn(lane: Lane): void {
    const now = this.clock.now();
    this.#lineUp.put(lane, now);
    this.#startNext(now);
  }

  /** A lane of which nothing is heard is found out by nobody else. */
  #watch(now: number): void {
    if (this.#watching) return;
    this.#watching = true;
    this.clock.after(WATCH_INTERVAL_MS, () => {
      this.#watching = false;
      const then = this.clock.now();
      // If it was this process that stood still, the answers are here and not read yet.
      const stoodStill = then - now >= 2 * WATCH_INTERVAL_MS;
      for (const lane of this.#lanes.values()) {
        if (!stoodStill) lane.listen(then);
        this.#lineUp.put(lane, then);
      }
      this.#startNext(then);
      if (this.running > 0) this.#watch(then);
    });
  }

  #spill(lane: Lane, which: { stored: boolean }, now: number): void {
    const { underWay, waiting } = lane.spill(which);
    this.#lineUp.put(lane, now);
    for (const work of underWay) work.storeWhileUnderWay();
    this.#divertAll(waiting, 'full');
  }

  #divertAll(works: readonly LaneWork[], why: Diversion): void {
    for (const work of works) work.divert(why);
  }
}
