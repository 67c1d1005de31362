/**
 * The queue of one webhook: deliveries with the same order key one after another, others side by side, within the
 * webhook's limit, its rate and its breaker. Fresh and stored deliveries take turns, and stored ones never hold more than
 * half of the places while a fresh one waits. Which lane may start next is decided by `Lanes`.
 */
import Queue from 'yocto-queue';
import { Breaker } from './breaker.ts';
import { TokenBucket } from './token-bucket.ts';

const WINDOW_MS = 1_000;

export interface LaneRules {
  /** Requests under way at once. */
  readonly limit: number;
  readonly ratePerSecond: number | null;
}

/** The lane is done with a delivery. */
export interface Settled {
  /** `release`: the next of its user may start. `divert`: it waits in the database, and so must all behind it. */
  readonly then: 'release' | 'divert';
  /** What it says of the endpoint; null when no request was made, or it says nothing. */
  readonly endpoint: 'works' | 'fails' | null;
}

/** What a lane needs of a delivery. */
export interface LaneWork {
  readonly laneId: string;
  /** Null: ordered behind nothing. */
  readonly orderKey: string | null;
  /** What held it when it came into the lane: its event's offset, or its row. */
  readonly heldBy: 'offset' | 'row';
  /** Starts it; `settled` is called once. */
  run(settled: (how: Settled) => void): void;
  /** It is not to be sent now but to wait in the database. Called instead of `run`. */
  divert(): void;
  /** Its request is under way and goes on, but it is to be stored as well, so that others can be stored behind it. */
  storeWhileUnderWay(): void;
}

/** The deliveries with one order key that are in the lane; one that is ordered behind nothing is a line of its own. */
export interface Line {
  /** The first of them, ready or under way. */
  head: LaneWork;
  /** Whether the head was stored while under way, and with it what was behind it. */
  stored: boolean;
  behind: Queue<LaneWork> | null;
}

export class Lane {
  breaker = new Breaker();
  readonly throughput = new Throughput();
  /** True while it stands in the queue of lanes that could start something. */
  queued = false;
  /** True while a timer waits for the end of its breaker's cool-down. */
  wakes = false;
  #rules: LaneRules;
  #bucket: TokenBucket | null;
  /** Lines that are ready, by what their head is. */
  readonly #fresh = new Queue<Line>();
  readonly #stored = new Queue<Line>();
  /** By order key, ready and under way. */
  readonly #lines = new Map<string, Line>();
  #running = 0;
  #runningStored = 0;
  #storedHadTurn = false;
  #waiting = 0;

  constructor(rules: LaneRules, now: number) {
    this.#rules = rules;
    this.#bucket = bucketOf(rules, now);
  }

  /** Its endpoint is another one now. */
  resetBreaker(): void {
    this.breaker = new Breaker();
  }

  applyRules(rules: LaneRules, now: number): void {
    if (rules.ratePerSecond !== this.#rules.ratePerSecond) {
      this.#bucket = bucketOf(rules, now);
    }
    this.#rules = rules;
  }

  /** Deliveries that have not started. */
  get waiting(): number {
    return this.#waiting;
  }

  get idle(): boolean {
    return this.#waiting === 0 && this.#running === 0;
  }

  get hasReady(): boolean {
    return this.#fresh.size > 0 || this.#stored.size > 0;
  }

  /** Whether something could start, its rate aside. */
  startable(now: number, storedMayStart: boolean): boolean {
    const ready = this.#fresh.size > 0 || (storedMayStart && this.#stored.size > 0);
    return ready && this.#running < this.breaker.places(this.#rules.limit, now);
  }

  /** Milliseconds until the rate lets another one start; takes the place when it is 0. */
  takeToken(now: number): number {
    return this.#bucket?.take(now) ?? 0;
  }

  /** Whether a delivery with this order key is here and not in the database: what follows it must wait here too. */
  holds(orderKey: string): boolean {
    return this.#lines.get(orderKey)?.stored === false;
  }

  add(work: LaneWork): void {
    this.#waiting += 1;
    const { orderKey } = work;
    const line = orderKey === null ? undefined : this.#lines.get(orderKey);
    if (line) {
      line.behind ??= new Queue();
      line.behind.enqueue(work);
      return;
    }
    const first: Line = { head: work, stored: false, behind: null };
    if (orderKey !== null) this.#lines.set(orderKey, first);
    this.#makeReady(first);
  }

  /** Takes the next line out of the queue, for its head to be started; call only while `startable`. */
  start(storedMayStart: boolean): Line | undefined {
    const line = storedMayStart && this.#storedTurn() ? this.#stored.dequeue() : this.#fresh.dequeue();
    if (!line) return undefined;
    this.#waiting -= 1;
    this.#running += 1;
    if (line.head.heldBy === 'row') this.#runningStored += 1;
    this.breaker.begin();
    return line;
  }

  /** The head of a line has left the lane; the next one is ready. */
  release(line: Line): void {
    this.#leave(line.head);
    const next = line.behind?.dequeue();
    if (!next) {
      this.#end(line);
      return;
    }
    line.head = next;
    line.stored = false;
    this.#makeReady(line);
  }

  /** The head of a line has left the lane to be stored. @returns those behind it, which must be stored too, in order. */
  releaseAll(line: Line): LaneWork[] {
    this.#leave(line.head);
    this.#end(line);
    const behind = [...(line.behind ?? [])];
    this.#waiting -= behind.length;
    return behind;
  }

  /**
   * Empties the queue, of stored deliveries only if told so.
   *
   * @returns the ones under way that others are behind, which must be stored first, and the ones that have not
   *   started; of each user in order.
   */
  spill({ stored }: { stored: boolean }): { underWay: LaneWork[]; waiting: LaneWork[] } {
    const waiting: LaneWork[] = [];
    for (const line of [...this.#fresh.drain(), ...(stored ? this.#stored.drain() : [])]) {
      this.#end(line);
      waiting.push(line.head, ...(line.behind ?? []));
    }
    const staying = new Set(this.#stored);
    const underWay: LaneWork[] = [];
    for (const line of this.#lines.values()) {
      if (staying.has(line) || !line.behind || line.behind.size === 0) continue;
      line.stored = true;
      underWay.push(line.head);
      waiting.push(...line.behind.drain());
    }
    this.#waiting -= waiting.length;
    return { underWay, waiting };
  }

  #end({ head }: Line): void {
    if (head.orderKey !== null) this.#lines.delete(head.orderKey);
  }

  #storedTurn(): boolean {
    if (this.#fresh.size === 0) return true;
    if (this.#stored.size === 0 || this.#runningStored >= Math.ceil(this.#rules.limit / 2)) return false;
    this.#storedHadTurn = !this.#storedHadTurn;
    return this.#storedHadTurn;
  }

  #makeReady(line: Line): void {
    (line.head.heldBy === 'row' ? this.#stored : this.#fresh).enqueue(line);
  }

  #leave(work: LaneWork): void {
    this.#running -= 1;
    if (work.heldBy === 'row') this.#runningStored -= 1;
  }
}

function bucketOf({ ratePerSecond }: LaneRules, now: number): TokenBucket | null {
  return ratePerSecond === null ? null : new TokenBucket(ratePerSecond, now);
}

/** How many requests a second an endpoint has answered of late. */
class Throughput {
  #windowStart: number | null = null;
  #inWindow = 0;
  #perSecond: number | null = null;

  count(now: number): void {
    this.#roll(now);
    this.#inWindow += 1;
  }

  /** Null until it was watched for a second. */
  perSecond(now: number): number | null {
    this.#roll(now);
    return this.#perSecond;
  }

  #roll(now: number): void {
    this.#windowStart ??= now;
    const elapsed = now - this.#windowStart;
    if (elapsed < WINDOW_MS) return;
    this.#perSecond = (this.#inWindow * 1_000) / elapsed;
    this.#windowStart = now;
    this.#inWindow = 0;
  }
}
