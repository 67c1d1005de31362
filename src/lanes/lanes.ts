/**
 * The queues in front of the requests: one lane per webhook, so that an endpoint that hangs fills its own lane only.
 * Over all lanes a global limit holds, and lanes with work take turns for it.
 *
 * What a lane cannot take is diverted: to be stored instead of sent. That is everything of a webhook whose breaker is
 * open, and, when memory is short, what queues in lanes that are much slower than the others (`relieve`).
 */
import Queue from 'yocto-queue';
import { Lane, type LaneRules, type LaneWork, type Line, type Settled } from './lane.ts';

/** The clock of the lanes, for tests to hold. */
export interface LaneClock {
  /** Milliseconds, never going back. */
  now(): number;
  after(ms: number, callback: () => void): void;
}

/** Of a webhook that is no more, or disabled: its deliveries are dropped or given back as they come. */
const NO_RULES: LaneRules = { limit: Infinity, ratePerSecond: null };

/** A lane is slow if its queue takes this long, and this many times longer than the quickest one's. */
const SLOW = { waitMs: 1_000, times: 4 };

export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  /** Of webhooks that are no more, with work to be dropped or given back. */
  readonly #leaving = new Set<string>();
  /** Lanes that could start something, in turn. */
  readonly #turns = new Queue<Lane>();
  /** Lanes that had only stored deliveries to start when those held their half of all places. */
  readonly #storedTurns = new Queue<Lane>();
  #running = 0;
  #runningStored = 0;
  #starting = false;

  constructor(
    private readonly maxInFlight: number,
    private readonly rulesOf: (laneId: string) => LaneRules | null,
    private readonly clock: LaneClock,
  ) {}

  get running(): number {
    return this.#running;
  }

  submit(work: LaneWork): void {
    const lane = this.#lane(work.laneId);
    lane.add(work);
    const now = this.clock.now();
    if (work.heldBy === 'offset' && lane.breaker.places(1, now) === 0) {
      // Behind those of its user that are under way here: they must be stored before it.
      this.#spill(lane, { stored: true });
      return;
    }
    this.#queue(lane, now);
    this.#startNext(now);
  }

  /** Whether a delivery with this order key is in the webhook's lane, so that one that follows must join it there. */
  hold(laneId: string, orderKey: string): boolean {
    return this.#lanes.get(laneId)?.holds(orderKey) ?? false;
  }

  /** How many requests the webhook's breaker allows at once: 0 while it is open, 1 for a probe. */
  placesFor(laneId: string): number {
    const lane = this.#lane(laneId);
    return lane.breaker.places(this.rulesOf(laneId)?.limit ?? 0, this.clock.now());
  }

  /** Forgets what was known of the webhook's endpoint, say because it is another one now. */
  forget(laneId: string): void {
    this.#lanes.get(laneId)?.resetBreaker();
  }

  /** Memory is short: lanes that are much slower than others hand what they hold to the database. */
  relieve(): void {
    const now = this.clock.now();
    const waits = [...this.#lanes.values()].map((lane) => ({ lane, waitMs: expectedWaitMs(lane, now) }));
    const quickest = Math.min(...waits.map(({ waitMs }) => waitMs));
    for (const { lane, waitMs } of waits) {
      if (waitMs >= SLOW.waitMs && waitMs > quickest * SLOW.times) this.#spill(lane, { stored: false });
    }
  }

  /** Everything that has not started is handed to the database; requests under way go on. */
  spillAll(): void {
    for (const lane of this.#lanes.values()) this.#spill(lane, { stored: true });
  }

  /** Rules of these may be others now, which hold at once; lanes of webhooks that are no more go. */
  renew(laneIds: Iterable<string> = this.#lanes.keys()): void {
    const now = this.clock.now();
    for (const laneId of new Set([...laneIds, ...this.#leaving])) {
      const lane = this.#lanes.get(laneId);
      const rules = this.rulesOf(laneId);
      this.#leaving.delete(laneId);
      if (!lane) continue;
      if (!rules && lane.idle) this.#lanes.delete(laneId);
      else if (!rules) this.#leaving.add(laneId);
      lane.applyRules(rules ?? NO_RULES, now);
      this.#queue(lane, now);
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

  #queue(lane: Lane, now: number): void {
    if (lane.queued || !lane.startable(now, true)) return;
    lane.queued = true;
    this.#turns.enqueue(lane);
  }

  /** Not re-entered by work that settles at once, so that a long queue of it cannot exhaust the stack. */
  #startNext(now: number): void {
    if (this.#starting) return;
    this.#starting = true;
    try {
      while (this.#running < this.maxInFlight) {
        const lane = this.#turns.dequeue();
        if (!lane) break;
        lane.queued = false;
        if (lane.startable(now, this.#storedMayStart)) this.#startOne(lane, now);
        else if (lane.hasReady && !this.#storedMayStart) this.#storedTurns.enqueue(lane);
      }
    } finally {
      this.#starting = false;
    }
  }

  /** Stored deliveries of all lanes together leave half of the places to what is fresh. */
  get #storedMayStart(): boolean {
    return this.#runningStored < Math.ceil(this.maxInFlight / 2);
  }

  #startOne(lane: Lane, now: number): void {
    const waitMs = lane.takeToken(now);
    if (waitMs > 0) {
      // It keeps its place in nobody's queue; when the rate allows, it is queued again.
      lane.queued = true;
      this.clock.after(waitMs, () => {
        lane.queued = false;
        this.#goOn(lane);
      });
      return;
    }
    const line = lane.start(this.#storedMayStart);
    if (!line) return;
    this.#running += 1;
    if (line.head.heldBy === 'row') this.#runningStored += 1;
    this.#queue(lane, now);
    line.head.run((how) => {
      this.#settled(lane, line, how);
    });
  }

  #settled(lane: Lane, line: Line, how: Settled): void {
    const now = this.clock.now();
    this.#running -= 1;
    if (line.head.heldBy === 'row') {
      this.#runningStored -= 1;
      // All of them: the first may be at its own limit by now, and what comes to wait again queues again.
      for (const starved of this.#storedTurns.drain()) this.#queue(starved, now);
    }
    if (how.then === 'release') lane.release(line);
    else this.#divertAll(lane.releaseAll(line));
    if (how.endpoint !== null) this.#learn(lane, how.endpoint, now);
    this.#queue(lane, now);
    this.#startNext(now);
  }

  #learn(lane: Lane, endpoint: 'works' | 'fails', now: number): void {
    lane.throughput.count(now);
    if (endpoint === 'works') {
      lane.breaker.succeeded();
      return;
    }
    if (lane.breaker.faulted(now)) this.#spill(lane, { stored: true });
    this.#wakeAfterCoolDown(lane, now);
  }

  /** Nothing of the lane ends meanwhile that would start the next. */
  #wakeAfterCoolDown(lane: Lane, now: number): void {
    const coolDownMs = lane.breaker.coolDownMs(now);
    if (coolDownMs === 0 || lane.wakes) return;
    lane.wakes = true;
    this.clock.after(coolDownMs, () => {
      lane.wakes = false;
      this.#goOn(lane);
      // A timer may go off a fraction of a millisecond too soon by this clock.
      this.#wakeAfterCoolDown(lane, this.clock.now());
    });
  }

  /** What it waited for is over. */
  #goOn(lane: Lane): void {
    const now = this.clock.now();
    this.#queue(lane, now);
    this.#startNext(now);
  }

  #spill(lane: Lane, which: { stored: boolean }): void {
    const { underWay, waiting } = lane.spill(which);
    for (const work of underWay) work.storeWhileUnderWay();
    this.#divertAll(waiting);
  }

  #divertAll(works: readonly LaneWork[]): void {
    for (const work of works) work.divert();
  }
}

/** How long the last one in the queue will wait, at the pace of the last second. */
function expectedWaitMs(lane: Lane, now: number): number {
  if (lane.waiting === 0) return 0;
  const perSecond = lane.throughput.perSecond(now);
  return perSecond === null ? 0 : (lane.waiting * 1_000) / Math.max(perSecond, 0.001);
}
