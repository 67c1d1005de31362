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

export class Lane {
  breaker = new Breaker();
  readonly throughput = new Throughput();
  /** True while it stands in the queue of lanes that could start something. */
  queued = false;
  /** True while a timer waits for the end of its breaker's cool-down. */
  wakes = false;
  #rules: LaneRules = { limit: 1, ratePerSecond: null };
  #bucket: TokenBucket | null = null;
  readonly #fresh = new Queue<LaneWork>();
  readonly #retries = new Queue<LaneWork>();
  /** What waits behind each order key that is in the lane. */
  readonly #behind = new Map<string, Queue<LaneWork>>();
  /** Order keys whose first delivery is under way and stored, with what was behind it stored too. */
  readonly #spilled = new Set<string>();
  readonly #running = new Set<LaneWork>();
  #runningRetries = 0;
  #retryHadTurn = false;
  #waiting = 0;

  /** Its endpoint is another one now. */
  resetBreaker(): void {
    this.breaker = new Breaker();
  }

  applyRules(rules: LaneRules, now: number): void {
    if (rules.ratePerSecond !== this.#rules.ratePerSecond) {
      this.#bucket = rules.ratePerSecond === null ? null : new TokenBucket(rules.ratePerSecond, now);
    }
    this.#rules = rules;
  }

  /** Fresh deliveries and retries that have not started. */
  get waiting(): number {
    return this.#waiting;
  }

  get idle(): boolean {
    return this.#waiting === 0 && this.#running.size === 0;
  }

  get hasReady(): boolean {
    return this.#fresh.size > 0 || this.#retries.size > 0;
  }

  /** Whether something could start, its rate aside. */
  startable(now: number, retriesMayStart: boolean): boolean {
    const ready = this.#fresh.size > 0 || (retriesMayStart && this.#retries.size > 0);
    return ready && this.#running.size < this.breaker.places(this.#rules.limit, now);
  }

  /** Milliseconds until the rate lets another one start; takes the place when it is 0. */
  takeToken(now: number): number {
    return this.#bucket?.take(now) ?? 0;
  }

  /** Whether a delivery with this order key is here and not in the database: what follows it must wait here too. */
  holds(orderKey: string): boolean {
    return this.#behind.has(orderKey) && !this.#spilled.has(orderKey);
  }

  add(work: LaneWork): void {
    this.#waiting += 1;
    if (work.orderKey !== null) {
      const behind = this.#behind.get(work.orderKey);
      if (behind) {
        behind.enqueue(work);
        return;
      }
      this.#behind.set(work.orderKey, new Queue());
    }
    this.#makeReady(work);
  }

  /** Takes the next one out of the queue; call only while `startable`. */
  start(retriesMayStart: boolean): LaneWork | undefined {
    const work = retriesMayStart && this.#retriesTurn() ? this.#retries.dequeue() : this.#fresh.dequeue();
    if (!work) return undefined;
    this.#waiting -= 1;
    this.#running.add(work);
    if (work.retry) this.#runningRetries += 1;
    this.breaker.begin();
    return work;
  }

  /** A delivery has left the lane; the next of its order key is ready. */
  release(work: LaneWork): void {
    this.#leave(work);
    if (work.orderKey === null) return;
    const next = this.#behind.get(work.orderKey)?.dequeue();
    if (next) this.#makeReady(next);
    else this.#behind.delete(work.orderKey);
  }

  /** A delivery has left the lane to be stored. @returns those behind it, which must be stored too, in order. */
  releaseAll(work: LaneWork): LaneWork[] {
    this.#leave(work);
    if (work.orderKey === null) return [];
    const behind = [...(this.#behind.get(work.orderKey) ?? [])];
    this.#behind.delete(work.orderKey);
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
    const underWay: LaneWork[] = [];
    const waiting: LaneWork[] = [];
    for (const head of this.#running) {
      const behind = head.orderKey === null ? undefined : this.#behind.get(head.orderKey);
      if (head.orderKey === null || !behind || behind.size === 0) continue;
      underWay.push(head);
      this.#spilled.add(head.orderKey);
      waiting.push(...behind.drain());
    }
    const ready = [...this.#fresh.drain(), ...(retries ? this.#retries.drain() : [])];
    for (const head of ready) {
      waiting.push(head);
      if (head.orderKey === null) continue;
      waiting.push(...(this.#behind.get(head.orderKey) ?? []));
      this.#behind.delete(head.orderKey);
    }
    this.#waiting -= waiting.length;
    return { underWay, waiting };
  }

  #retriesTurn(): boolean {
    if (this.#fresh.size === 0) return true;
    if (this.#retries.size === 0 || this.#runningRetries >= Math.ceil(this.#rules.limit / 2)) return false;
    this.#retryHadTurn = !this.#retryHadTurn;
    return this.#retryHadTurn;
  }

  #makeReady(work: LaneWork): void {
    (work.retry ? this.#retries : this.#fresh).enqueue(work);
  }

  #leave(work: LaneWork): void {
    if (work.orderKey !== null) this.#spilled.delete(work.orderKey);
    if (this.#running.delete(work) && work.retry) this.#runningRetries -= 1;
  }
}
