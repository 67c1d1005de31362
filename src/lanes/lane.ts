/**
 * The queue of one webhook: deliveries with the same order key one after another, others side by side, within the
 * webhook's limit, its rate and its breaker. Fresh deliveries and retries take turns, and retries never hold more than
 * half of the places while a fresh one waits. Which lane may start next is decided by `Lanes`.
 */
import Queue from 'yocto-queue';
import { Breaker } from './breaker.ts';
import { TokenBucket } from './token-bucket.ts';
import type { LaneRules, LaneWork } from './lane-work.ts';
import { Throughput } from './throughput.ts';

/** The deliveries with one order key that are in the lane; one that is ordered behind nothing is a line of its own. */
export interface Line {
  /** The first of them, ready or under way. */
  head: LaneWork;
  /** Whether the head is stored, and what was behind it with it. */
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
  readonly #retries = new Queue<Line>();
  /** By order key, ready and under way. */
  readonly #lines = new Map<string, Line>();
  #running = 0;
  #runningRetries = 0;
  #retryHadTurn = false;
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

  /** Fresh deliveries and retries that have not started. */
  get waiting(): number {
    return this.#waiting;
  }

  get idle(): boolean {
    return this.#waiting === 0 && this.#running === 0;
  }

  get hasReady(): boolean {
    return this.#fresh.size > 0 || this.#retries.size > 0;
  }

  /** Whether something could start, its rate aside. */
  startable(now: number, retriesMayStart: boolean): boolean {
    const ready = this.#fresh.size > 0 || (retriesMayStart && this.#retries.size > 0);
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
  start(retriesMayStart: boolean): Line | undefined {
    const line = retriesMayStart && this.#retriesTurn() ? this.#retries.dequeue() : this.#fresh.dequeue();
    if (!line) return undefined;
    this.#waiting -= 1;
    this.#running += 1;
    if (line.head.retry) this.#runningRetries += 1;
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
   * Empties the queue, of retries only if told so.
   *
   * @returns the ones under way that others are behind, which must be stored first, and the ones that have not
   *   started; of each user in order.
   */
  spill({ retries }: { retries: boolean }): { underWay: LaneWork[]; waiting: LaneWork[] } {
    const waiting: LaneWork[] = [];
    for (const line of [...this.#fresh.drain(), ...(retries ? this.#retries.drain() : [])]) {
      this.#end(line);
      waiting.push(line.head, ...(line.behind ?? []));
    }
    const staying = new Set(this.#retries);
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

  #retriesTurn(): boolean {
    if (this.#fresh.size === 0) return true;
    if (this.#retries.size === 0 || this.#runningRetries >= Math.ceil(this.#rules.limit / 2)) return false;
    this.#retryHadTurn = !this.#retryHadTurn;
    return this.#retryHadTurn;
  }

  #makeReady(line: Line): void {
    (line.head.retry ? this.#retries : this.#fresh).enqueue(line);
  }

  #leave(work: LaneWork): void {
    this.#running -= 1;
    if (work.retry) this.#runningRetries -= 1;
  }
}

function bucketOf({ ratePerSecond }: LaneRules, now: number): TokenBucket | null {
  return ratePerSecond === null ? null : new TokenBucket(ratePerSecond, now);
}
