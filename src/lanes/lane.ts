/**
 * The queue of one webhook: deliveries with the same order key one after another, others side by side, within the
 * webhook's limit, its rate and its breaker. Fresh deliveries take turns with stored and caught-up ones, and these never
 * hold more than half of the places while a fresh one waits. Which lane may start next is decided by `Lanes`.
 */
import Queue from 'yocto-queue';
import { Breaker } from './breaker.ts';
import type { LaneWork } from './lane-work.ts';
import type { Line } from './line.ts';
import { PaceMeter, type Pace } from './pace.ts';
import { TokenBucket } from './token-bucket.ts';
import { Turn } from './turns.ts';

export interface LaneRules {
  /** Requests under way at once. */
  readonly limit: number;
  readonly ratePerSecond: number | null;
}

/** Of a webhook that is no more, or disabled: its deliveries are dropped or given back as they come. */
export const NO_RULES: LaneRules = { limit: Infinity, ratePerSecond: null };

export class Lane {
  breaker = new Breaker();
  /** Where it stands among the lanes that could start something. */
  readonly turn = new Turn<Lane>(this);
  /** The lower, the longer it has stood there. */
  cameAs = 0;
  /** As it was judged last. */
  pace: Pace = 'unknown';
  /** True while a timer waits until its rate lets another one start. */
  waitsForRate = false;
  /** When a timer looks whether its breaker's cool-down has ended; Infinity when none does. */
  wakesAt = Infinity;
  #meter = new PaceMeter();
  #rules: LaneRules;
  #bucket: TokenBucket | null;
  /** Lines that are ready, by what their head is: fresh, or else stored or caught up. */
  readonly #fresh = new Queue<Line>();
  readonly #stored = new Queue<Line>();
  /** By order key, ready and under way. */
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

  /** Its endpoint is another one now. */
  forgetEndpoint(): void {
    this.breaker = new Breaker();
    this.#meter = new PaceMeter();
  }

  applyRules(rules: LaneRules, now: number): void {
    if (rules.ratePerSecond !== this.#rules.ratePerSecond) {
      this.#bucket = TokenBucket.of(rules.ratePerSecond, now);
    }
    this.#rules = rules;
  }

  /** Deliveries that have not started, and whose events are in memory until they end. */
  get freshWaiting(): number {
    return this.#freshWaiting;
  }

  get storedWaiting(): number {
    return this.#stored.size;
  }

  /** Deliveries that have not started. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Requests under way. */
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

  /** Whether something could start, the places of all lanes aside. */
  startable(now: number): boolean {
    const ready = this.#fresh.size > 0 || this.#stored.size > 0;
    return ready && !this.waitsForRate && this.#running < this.breaker.places(this.#rules.limit, now);
  }

  /** How quick it is by what is known now. */
  get newPace(): Pace {
    return this.#meter.pace;
  }

  /** Finds out whether nothing is heard of it. */
  listen(now: number): void {
    if (this.#running > 0) this.#meter.listen(now);
  }

  /** How long the last one in the queue will wait, with as many under way as now. */
  expectedWaitMs(now: number): number {
    const each = this.#meter.requestMs(now) / Math.max(this.#running, 1);
    return this.#waiting * Math.max(each, 1_000 / (this.#rules.ratePerSecond ?? Infinity));
  }

  /** The head of a line was answered, or not in time. */
  answered({ startedAt }: Line, now: number): void {
    this.#meter.answered(now - startedAt, now);
  }

  /** Milliseconds until the rate lets another one start; takes the place when it is 0. */
  takeToken(now: number): number {
    return this.#bucket?.take(now) ?? 0;
  }

  /** Whether a delivery with this order key is here and not in the database: what follows it must wait here too. */
  holds(orderKey: string): boolean {
    const line = this.#lines.get(orderKey);
    // One that was to be stored while under way was not, if its partition was lost: others may have come behind it.
    return line !== undefined && (!line.stored || (line.behind?.size ?? 0) > 0);
  }

  add(work: LaneWork): void {
    this.#count(work, 1);
    const { orderKey } = work;
    const line = orderKey === null ? undefined : this.#lines.get(orderKey);
    if (line) {
      line.behind ??= new Queue();
      line.behind.enqueue(work);
      return;
    }
    const first: Line = { head: work, stored: false, behind: null, startedAt: 0, breaker: this.breaker };
    if (orderKey !== null) this.#lines.set(orderKey, first);
    this.#makeReady(first);
  }

  /** Takes the next line out of the queue, for its head to be started; call only while `startable`. */
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
    for (const work of behind) this.#count(work, -1);
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
