/**
 * Brings due deliveries back from the waiting room into their lanes: claims as many as the lanes have room for, keeps
 * their leases while they are worked, and asks again at once while there is more.
 *
 * A webhook whose breaker is open gets none, one whose breaker wants a probe gets one; a disabled webhook's rows stay.
 * One that is not known to be quick gets what it can soon start, and all of these together get half of the room, in
 * deliveries and in bytes: what is due for quick ones never waits for them.
 */
import { Injectable, Logger } from '@nestjs/common';
import { Lanes } from '../lanes/lanes.ts';
import { MatchingService } from '../matching/matching.service.ts';
import type { Delivery } from '../model/delivery.ts';
import { bytesHeld } from '../model/event.ts';
import type { Head } from '../retries/claim-rows.ts';
import { RetryQueue } from '../retries/retry-queue.ts';
import { LEASE_MS } from '../retries/retry-writer.ts';
import { Deliveries } from './deliveries.ts';
import { HeldRows, type Amount } from './held-rows.ts';
import { ThrottledWarning } from '../logging/throttled-warning.ts';

const POLL_INTERVAL_MS = 250;
const RELEASE_INTERVAL_MS = 500;
const SWEEP_INTERVAL_MS = 10_000;
/** Held at once, waiting in lanes or under way; one more may go beyond the bytes. */
const MAX_HELD: Amount = { deliveries: 4_000, bytes: 64 * 1024 * 1024 };
const MAX_HELD_BY_OTHERS: Amount = { deliveries: MAX_HELD.deliveries / 2, bytes: MAX_HELD.bytes / 2 };
const MAX_HELD_OF_ONE_WEBHOOK = 1_000;
/** Of one claim: what comes of it is in memory several times, as text, until it is read. */
const MAX_CLAIM_BYTES = 8 * 1024 * 1024;
/** Of one event, until the first were claimed: rows that do not fit are looked at in vain. */
const ASSUMED_BYTES = 16 * 1024;
/** Of those that are not known to be quick, for each request that they may have under way: the next one is at hand. */
const HELD_FOR_EACH_PLACE = 2;
/** Room for fewer is left until there is more of it: a claim of a hundred costs little more than one of ten. */
const WORTH_A_CLAIM = 256;

@Injectable()
export class RetryWorker {
  readonly #unreadable = new ThrottledWarning(
    new Logger(RetryWorker.name),
    'the waiting room could not be read',
  );
  /** What it has brought back and not seen the end of. */
  readonly #held = new HeldRows();
  /** Of those that are not known to be quick, the last one that was given room. */
  #lastOther = '';
  #bytesOfOne = ASSUMED_BYTES;
  readonly #timers: NodeJS.Timeout[] = [];
  #polling: Promise<void> | null = null;
  #again = false;
  #stopped = false;
  #looks = true;
  #oldest: { readonly dueForSeconds: number; readonly at: number } | null = null;

  constructor(
    private readonly queue: RetryQueue,
    private readonly lanes: Lanes,
    private readonly matching: MatchingService,
    private readonly deliveries: Deliveries,
  ) {}

  start(): void {
    this.#timers.push(
      setInterval(() => void this.poll(), POLL_INTERVAL_MS),
      this.#every(LEASE_MS / 3, () => this.queue.renew()),
      this.#every(RELEASE_INTERVAL_MS, () => this.queue.release()),
      this.#every(SWEEP_INTERVAL_MS, () => this.queue.sweep()),
    );
  }

  stopClaiming(): void {
    this.#stopped = true;
  }

  /** Ends the timers; leases are renewed until then, as requests under way are drained. */
  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  /**
   * Whether the last look at the table worked, and for how many seconds the oldest delivery is due that could be sent; null
   * before the first.
   */
  get state(): { readonly looks: boolean; readonly oldestDueSeconds: number | null } {
    if (!this.#oldest) return { looks: this.#looks, oldestDueSeconds: null };
    const { dueForSeconds, at } = this.#oldest;
    // While PostgreSQL is away, what was due then is due still.
    const since = dueForSeconds === 0 ? 0 : (performance.now() - at) / 1_000;
    return { looks: this.#looks, oldestDueSeconds: dueForSeconds + since };
  }

  /** Looks for due deliveries now; a call while it looks makes it look once more. */
  async poll(): Promise<void> {
    if (this.#polling) {
      this.#again = true;
      return this.#polling;
    }
    this.#polling = this.#guarded(() => this.#claim()).finally(() => {
      this.#polling = null;
      if (!this.#again) return;
      this.#again = false;
      void this.poll();
    });
    return this.#polling;
  }

  async #claim(): Promise<void> {
    const due = (await this.queue.heads()).filter(
      ({ dueForSeconds, webhookId }) => dueForSeconds !== null && this.matching.find(webhookId),
    );
    this.#noteOldest(due);
    const ids = due.map(({ webhookId }) => webhookId);
    // Each kind has room of its own. The quick ones come first, as they are soon done.
    const isQuick = (webhookId: string): boolean => this.lanes.isQuick(webhookId);
    await this.#claimOf(ids.filter(isQuick), MAX_HELD, this.#held.all);
    const isOther = (webhookId: string): boolean => !isQuick(webhookId);
    await this.#claimOf(this.#inTurn(ids.filter(isOther)), MAX_HELD_BY_OTHERS, this.#held.ofThose(isOther));
  }

  /**
   * @param most that may be held of the kind.
   * @param held of the kind now.
   */
  async #claimOf(due: readonly string[], most: Amount, held: Amount): Promise<void> {
    const bytes = Math.min(most.bytes - held.bytes, MAX_HELD.bytes - this.#held.all.bytes, MAX_CLAIM_BYTES);
    const free = Math.min(most.deliveries - held.deliveries, MAX_HELD.deliveries - this.#held.all.deliveries);
    if (bytes <= 0) return;
    const places = this.#places(due, Math.min(free, Math.ceil(bytes / this.#bytesOfOne)));
    if (places.size === 0 || this.#stopped) return;
    const claimed = await this.queue.claim({ places, bytes });
    if (claimed.length === 0) return;
    const claimedBytes = claimed.reduce((sum, { event }) => sum + bytesHeld(event), 0);
    this.#bytesOfOne = Math.max(claimedBytes / claimed.length, 1);
    // It may have ended for want of bytes, with more that is due.
    if (claimedBytes >= bytes) this.#again = true;
    for (const delivery of claimed) this.#take(delivery);
  }

  #noteOldest(due: readonly Head[]): void {
    const dueForSeconds = Math.max(0, ...due.map((head) => head.dueForSeconds ?? 0));
    this.#oldest = { dueForSeconds, at: performance.now() };
  }

  #places(due: readonly string[], free: number): Map<string, number> {
    const places = new Map<string, number>();
    let left = free;
    for (const webhookId of due) {
      const quick = this.lanes.isQuick(webhookId);
      const { deliveries: held } = this.#held.of(webhookId);
      const most = this.#mostHeld(webhookId, quick);
      const some = Math.min(most - held, left);
      if (some <= 0 || (some < Math.min(WORTH_A_CLAIM, most / 2) && held > 0)) continue;
      places.set(webhookId, some);
      left -= some;
      if (!quick) this.#lastOther = webhookId;
    }
    return places;
  }

  /** From where room ended last, as there may be more of them than there is room for. */
  #inTurn(others: readonly string[]): readonly string[] {
    const from = others.findIndex((webhookId) => webhookId > this.#lastOther);
    return from < 0 ? others : [...others.slice(from), ...others.slice(0, from)];
  }

  #mostHeld(webhookId: string, quick: boolean): number {
    const places = this.lanes.placesFor(webhookId);
    if (places <= 1) return places;
    return Math.min(MAX_HELD_OF_ONE_WEBHOOK, quick ? Infinity : places * HELD_FOR_EACH_PLACE);
  }

  #take(delivery: Delivery): void {
    const { webhookId, event } = delivery;
    const bytes = bytesHeld(event);
    this.#held.take(webhookId, bytes);
    const run = this.deliveries.stored(delivery, () => {
      this.#held.giveBack(webhookId, bytes);
      // Its end may have made the next of its user due. Where requests take long, the next look is soon enough.
      if (this.lanes.isQuick(webhookId)) void this.poll();
    });
    this.lanes.submit(run);
  }

  /** Never twice at once: while PostgreSQL hangs that would pile up. What took too long is done again right after it. */
  #every(intervalMs: number, work: () => Promise<void>): NodeJS.Timeout {
    let running = false;
    let missed = false;
    const run = async (): Promise<void> => {
      missed = running;
      if (running) return;
      running = true;
      await this.#guarded(work);
      running = false;
      if (missed && this.#timers.length > 0) void run();
    };
    return setInterval(() => void run(), intervalMs);
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#looks = true;
    } catch (error) {
      this.#looks = false;
      this.#unreadable.say(error);
    }
  }
}
