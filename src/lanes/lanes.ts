/**
 * The queues in front of the requests: one lane per webhook. The number of requests under way in all lanes is limited. The
 * limit is a number of places, shared so that a healthy lane never waits for a slow request to end:
 *
 * - A free place goes to the lane with the fewest requests under way. Lanes with equally many take turns (`LineUp`).
 * - The more requests a lane has under way, the more places it must leave free. The last ones are for idle lanes (`Places`).
 * - Lanes not known to be quick (`PaceMeter`) share three quarters of the places. Each may hold twice what is free of these.
 *   Of 1,024 places, 4 slow lanes hold 170 each, 40 hold 19 each and 400 hold 2 each.
 * - While other lanes are quick, a slow lane may have no more fresh deliveries waiting than under way.
 *
 * A delivery that its lane cannot take is diverted, to be stored instead of sent. That is so while the breaker is open, when
 * a slow lane has too much, and when memory is short and the lane is much slower than others (`relieve`).
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
  /** Lanes of deleted or disabled webhooks that still have work, which will be dropped or given back. */
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
      // Earlier deliveries of its user are here, and must be stored before it. So what waits here is spilled, in order.
      lane.add(work, now);
      this.#spill(lane, { stored: false }, now);
    } else {
      lane.add(work, now);
      this.#lineUp.put(lane, now);
    }
    this.#startNext(now);
  }

  /** Whether a delivery with this order key is in the webhook's lane. Then the next one must join it there. */
  hold(laneId: string, orderKey: string): boolean {
    return this.#lanes.get(laneId)?.holds(orderKey) ?? false;
  }

  /** Whether a fresh delivery of this webhook would be diverted at once. */
  refuses(laneId: string): boolean {
    const lane = this.#lanes.get(laneId);
    return lane !== undefined && this.#refuses(lane, this.clock.now());
  }

  /**
   * How many requests the webhook may have under way at once, by its limit and by what other lanes leave it. It is 0 while
   * the breaker is open, and 1 for a probe.
   */
  placesFor(laneId: string): number {
    const lane = this.#lane(laneId);
    const byBreaker = lane.breaker.places(this.rulesOf(laneId)?.limit ?? 0, this.clock.now());
    return Math.min(byBreaker, Math.max(1, this.#places.within(lane)));
  }

  /** Whether the webhook's endpoint is known to answer quickly. */
  isQuick(laneId: string): boolean {
    return this.#lanes.get(laneId)?.quick ?? false;
  }

  /** Forgets what was learned about the webhook's endpoint, because the webhook has another one now. */
  forget(laneId: string): void {
    const lane = this.#lanes.get(laneId);
    lane?.forgetEndpoint(this.clock.now());
    if (lane) this.#lineUp.put(lane, this.clock.now());
  }

  /** Memory is short: lanes that are much slower than others divert what they hold. */
  relieve(): void {
    const now = this.clock.now();
    for (const lane of muchSlowerOnes(this.#lanes.values(), now)) this.#spill(lane, { stored: false }, now);
  }

  /** Diverts everything that has not started. Requests under way go on. */
  spillAll(): void {
    const now = this.clock.now();
    for (const lane of this.#lanes.values()) this.#spill(lane, { stored: true }, now);
  }

  /** The rules of these lanes may have changed. New ones hold at once; lanes of deleted or disabled webhooks end. */
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

  /** Fresh deliveries hold memory until they end. If many waited for a slow lane, intake would stop for all webhooks. */
  #refuses(lane: Lane, now: number): boolean {
    if (lane.breaker.places(1, now) === 0) return true;
    return lane.pace === 'slow' && this.#lineUp.anyQuick && lane.freshWaiting >= Math.max(lane.running, 1);
  }

  /** Work that settles at once calls it again. Such a call returns, so that a long queue cannot exhaust the stack. */
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
    // If the endpoint changed during the request, the answer says nothing about the new endpoint.
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
    else if (!lane.breaker.failed(now)) return;
    this.#spill(lane, { stored: true }, now);
    this.#wakeAfterCoolDown(lane, now);
  }

  /** During a cool-down no request of the lane may end that would start the next one. So a timer does it. */
  #wakeAfterCoolDown(lane: Lane, now: number): void {
    const coolDownMs = lane.breaker.coolDownMs(now);
    if (coolDownMs === 0 || now + coolDownMs >= lane.wakesAt) return;
    const at = now + coolDownMs;
    lane.wakesAt = at;
    this.clock.after(coolDownMs, () => {
      if (lane.wakesAt === at) lane.wakesAt = Infinity;
      this.#goOn(lane);
      // By this clock a timer may end a fraction of a millisecond too early.
      this.#wakeAfterCoolDown(lane, this.clock.now());
    });
  }

  /** The lane has waited long enough, and may start something again. */
  #goOn(lane: Lane): void {
    const now = this.clock.now();
    this.#lineUp.put(lane, now);
    this.#startNext(now);
  }

  /** Looks for lanes that have fallen silent, while requests are under way. */
  #watch(now: number): void {
    if (this.#watching) return;
    this.#watching = true;
    this.clock.after(WATCH_INTERVAL_MS, () => {
      this.#watching = false;
      const then = this.clock.now();
      // If this process itself stood still, answers may have come that are not read yet.
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
