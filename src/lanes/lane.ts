/**
 * The queue of one webhook. Deliveries with the same order key run one after another, all others side by side, within the
 * webhook's limit, its rate and its breaker. Fresh deliveries take turns with stored and caught-up ones. These start no more
 * while they hold half of the webhook's places and a fresh one waits. `Lanes` decides which lane may start next.
 */
import Queue from 'yocto-queue';
import { Breaker, PaceMeter, type Pace } from './endpoint.ts';
import type { LaneWork } from './lane-work.ts';
import type { Line } from './line.ts';
import { Turn } from './line-up.ts';
import { TokenBucket } from './token-bucket.ts';

export interface LaneRules {
  /** Requests under way at once. */
  readonly limit: number;
  readonly ratePerSecond: number | null;
}

/** For a webhook that is deleted or disabled: all its deliveries start at once, and are then dropped or given back. */
export const NO_RULES: LaneRules = { limit: Infinity, ratePerSecond: null };

export class Lane {
  breaker = new Breaker();
  /** Its place among the lanes that could start something. */
  readonly turn = new Turn(this);
  /** A running number. The lower it is, the longer the lane has stood there. */
  cameAs = 0;
  /** The pace that was found last. */
  pace: Pace = 'unknown';
  /** True while a timer waits until its rate allows another request. */
  waitsForRate = false;
  /** When a timer will check whether the breaker's cool-down has ended; Infinity if there is no timer. */
  wakesAt = Infinity;
  #meter = new PaceMeter();
  #rules: LaneRules;
  #bucket: TokenBucket | null;
  /** Lines that are ready and whose head is fresh. */
  readonly #fresh = new Queue<Line>();
  /** Lines that are ready and whose head is stored or caught up. */
  readonly #stored = new Queue<Line>();
  /** By order key: lines that are ready, and lines whose head is under way. */
  readonly #lines = new Map<string, Line>();
  #running = 0;
  #runningStored = 0;
  #storedHadTurn = false;
  #waiting = 0;
  #freshWaiting = 0;

  constructor(rules: LaneRules, now: number) {
    this.#rules = rules;
    this.#bucket = TokenBucket.of(rules.ratePerSecond, now);
  }

  /** The webhook has another endpoint now. */
  forgetEndpoint(now: number): void {
    this.breaker = new Breaker();
    this.#meter = new PaceMeter();
    this.#meter.begin(now);
  }

  applyRules(rules: LaneRules, now: number): void {
    if (rules.ratePerSecond !== this.#rules.ratePerSecond) {
      this.#bucket = TokenBucket.of(rules.ratePerSecond, now);
    }
    this.#rules = rules;
  }

  /** Fresh deliveries that have not started. Their events stay in memory until they end. */
  get freshWaiting(): number {
    return this.#freshWaiting;
  }

  get storedWaiting(): number {
    return this.#stored.size;
  }

  get waiting(): number {
    return this.#waiting;
  }

  get running(): number {
    return this.#running;
  }

  get runningStored(): number {
    return this.#runningStored;
  }

  get idle(): boolean {
    return this.#waiting === 0 && this.#running === 0;
  }

  get quick(): boolean {
    return this.pace === 'quick';
  }

  get hasFreshReady(): boolean {
    return this.#fresh.size > 0;
  }

  /** Whether a delivery could start, if the global limit has a place. */
  startable(now: number): boolean {
    const ready = this.#fresh.size > 0 || this.#stored.size > 0;
    return ready && !this.waitsForRate && this.#running < this.breaker.places(this.#rules.limit, now);
  }

  /** The pace by what is known now. */
  get newPace(): Pace {
    return this.#meter.pace;
  }

  /** Checks whether the endpoint has fallen silent, or its first request gets no place. */
  listen(now: number): void {
    if (this.#running > 0) this.#meter.listen(now);
    else if (this.#waiting > 0) this.#meter.waits(now);
  }

  /** For how long the last delivery in the queue will wait, in milliseconds, with as many under way as now. */
  expectedWaitMs(now: number): number {
    const each = this.#meter.requestMs(now) / Math.max(this.#running, 1);
    return this.#waiting * Math.max(each, 1_000 / (this.#rules.ratePerSecond ?? Infinity));
  }

  /** The request of the line's head has ended, with an answer or without. */
  answered({ startedAt }: Line, now: number): void {
    this.#meter.answered(now - startedAt, now);
  }

  /** Milliseconds until the rate allows another request. If it is 0, the request is counted now. */
  takeToken(now: number): number {
    return this.#bucket?.take(now) ?? 0;
  }

  /** Whether a delivery with this order key is here and not in the database. Then the next one must wait here too. */
  holds(orderKey: string): boolean {
    const line = this.#lines.get(orderKey);
    // A head that was to be stored during its request was not if its partition was lost. Others may be behind it then.
    return line !== undefined && (!line.stored || (line.behind?.size ?? 0) > 0);
  }

  /** How many deliveries with this order key are here. */
  countOf(orderKey: string): number {
    const line = this.#lines.get(orderKey);
    return line ? 1 + (line.behind?.size ?? 0) : 0;
  }

  add(work: LaneWork, now: number): void {
    if (this.idle) this.#meter.begin(now);
    this.#count(work, 1);
    const { orderKey } = work;
    const line = orderKey === null ? undefined : this.#lines.get(orderKey);
    if (line) {
      (line.behind ??= new Queue()).enqueue(work);
      return;
    }
    const first: Line = { head: work, stored: false, behind: null, startedAt: 0, breaker: this.breaker };
    if (orderKey !== null) this.#lines.set(orderKey, first);
    this.#makeReady(first);
  }

  /** Takes the next line from the queue, to start its head. Call it only while `startable` is true. */
  start(storedMayStart: boolean, now: number): Line | undefined {
    const line = storedMayStart && this.#storedTurn() ? this.#stored.dequeue() : this.#fresh.dequeue();
    if (!line) return undefined;
    line.startedAt = now;
    line.breaker = this.breaker;
    if (this.#running === 0) this.#meter.begin(now);
    this.#count(line.head, -1);
    this.#running += 1;
    if (line.head.heldBy !== 'offset') this.#runningStored += 1;
    this.breaker.begin();
    return line;
  }

  /** The line's head leaves the lane, and the next delivery of the line becomes ready. */
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

  /** The line's head leaves the lane to be stored. @returns those behind it in order, which must be stored too. */
  releaseAll(line: Line): LaneWork[] {
    this.#leave(line.head);
    this.#end(line);
    const behind = [...(line.behind ?? [])];
    for (const work of behind) this.#count(work, -1);
    return behind;
  }

  /**
   * Empties the queue. Stored deliveries stay in it unless `stored` is true.
   *
   * @returns what must be stored: first those under way that have others behind them, then those that have not started.
   *   The deliveries of each user are in order.
   */
  spill({ stored }: { stored: boolean }): { underWay: LaneWork[]; waiting: LaneWork[] } {
    const waiting: LaneWork[] = [];
    const staying = new Set<Line>();
    for (const line of [...this.#fresh.drain(), ...this.#stored.drain()]) {
      if (!stored && line.head.heldBy === 'row') {
        staying.add(line);
        this.#stored.enqueue(line);
        continue;
      }
      this.#end(line);
      waiting.push(line.head, ...(line.behind ?? []));
    }
    const underWay: LaneWork[] = [];
    for (const line of this.#lines.values()) {
      if (staying.has(line) || !line.behind || line.behind.size === 0) continue;
      line.stored = true;
      underWay.push(line.head);
      waiting.push(...line.behind.drain());
    }
    for (const work of waiting) this.#count(work, -1);
    return { underWay, waiting };
  }

  #count({ heldBy }: LaneWork, change: 1 | -1): void {
    this.#waiting += change;
    if (heldBy === 'offset') this.#freshWaiting += change;
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
    (line.head.heldBy === 'offset' ? this.#fresh : this.#stored).enqueue(line);
  }

  #leave(work: LaneWork): void {
    this.#running -= 1;
    if (work.heldBy !== 'offset') this.#runningStored -= 1;
  }
}
