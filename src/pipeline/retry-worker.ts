/**
 * Brings due deliveries back from the waiting room into their lanes: claims as many as the lanes have room for, keeps
 * their leases while they are worked, and asks again at once while there is more.
 *
 * A webhook whose breaker is open gets none, one whose breaker wants a probe gets one; a disabled webhook's rows stay.
 * One that is not known to be quick gets what it can soon start, and all of these together get half of the room: what is
 * due for quick ones never waits for them.
 */
import { Injectable, Logger } from '@nestjs/common';
import { Lanes } from '../lanes/lanes.ts';
import { MatchingService } from '../matching/matching.service.ts';
import type { Delivery } from '../model/delivery.ts';
import type { Head } from '../retries/claim-rows.ts';
import { RetryQueue } from '../retries/retry-queue.ts';
import { LEASE_MS } from '../retries/retry-writer.ts';
import { Deliveries } from './deliveries.ts';
import { ThrottledWarning } from '../logging/throttled-warning.ts';

const POLL_INTERVAL_MS = 250;
const RELEASE_INTERVAL_MS = 500;
const SWEEP_INTERVAL_MS = 10_000;
/** Held at once, waiting in lanes or under way. */
const MAX_HELD = { ofOneWebhook: 1_000, overall: 4_000 };
/** Bodies held, as far as it can be told from those that were claimed last. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Until the first were claimed. */
const ASSUMED_BYTES = 64 * 1024;
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
  /** How many deliveries it has brought back and not seen the end of, by webhook. */
  readonly #heldBy = new Map<string, number>();
  /** Of those that are not known to be quick, the last one that was given room. */
  #lastOther = '';
  #held = 0;
  #heldBytes = 0;
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
    const due = (await this.queue.heads()).filter(({ dueForSeconds }) => dueForSeconds !== null);
    this.#noteOldest(due);
    const room = this.#room(due.map(({ webhookId }) => webhookId));
    if (room.size === 0 || this.#stopped) return;
    const claimed = await this.queue.claim(room);
    if (claimed.length === 0) return;
    const bytes = claimed.reduce((sum, { event }) => sum + event.body.length, 0);
    this.#bytesOfOne = Math.max(bytes / claimed.length, 1);
    for (const delivery of claimed) this.#take(delivery);
  }

  #noteOldest(due: readonly Head[]): void {
    const seconds = due
      .filter(({ webhookId }) => this.matching.find(webhookId))
      .map(({ dueForSeconds }) => dueForSeconds ?? 0);
    this.#oldest = { dueForSeconds: Math.max(0, ...seconds), at: performance.now() };
  }

  #room(due: readonly string[]): Map<string, number> {
    const room = new Map<string, number>();
    const roomByBytes = Math.floor((MAX_HELD_BYTES - this.#heldBytes) / this.#bytesOfOne);
    let overall = Math.min(MAX_HELD.overall - this.#held, Math.max(roomByBytes, this.#held === 0 ? 1 : 0));
    let forOthers = MAX_HELD.overall / 2 - this.#heldByOthers();
    for (const webhookId of this.#inTurn(due)) {
      if (!this.matching.find(webhookId)) continue;
      const quick = this.lanes.isQuick(webhookId);
      const held = this.#heldBy.get(webhookId) ?? 0;
      const most = this.#mostHeld(webhookId, quick);
      const free = Math.min(most - held, overall, quick ? Infinity : forOthers);
      if (free <= 0 || (free < Math.min(WORTH_A_CLAIM, most / 2) && held > 0)) continue;
      room.set(webhookId, free);
      overall -= free;
      if (quick) continue;
      forOthers -= free;
      this.#lastOther = webhookId;
    }
    return room;
  }

  /** The quick ones first. The others from where room ended last, as there may be more of them than there is room for. */
  #inTurn(due: readonly string[]): string[] {
    const others = due.filter((webhookId) => !this.lanes.isQuick(webhookId));
    const from = others.findIndex((webhookId) => webhookId > this.#lastOther);
    const quick = due.filter((webhookId) => this.lanes.isQuick(webhookId));
    return from < 0 ? [...quick, ...others] : [...quick, ...others.slice(from), ...others.slice(0, from)];
  }

  #mostHeld(webhookId: string, quick: boolean): number {
    const places = this.lanes.placesFor(webhookId);
    if (places <= 1) return places;
    return Math.min(MAX_HELD.ofOneWebhook, quick ? Infinity : places * HELD_FOR_EACH_PLACE);
  }

  /** By webhooks that are not known to be quick. */
  #heldByOthers(): number {
    let held = 0;
    for (const [webhookId, count] of this.#heldBy) if (!this.lanes.isQuick(webhookId)) held += count;
    return held;
  }

  #take(delivery: Delivery): void {
    this.#hold(delivery, 1);
    const run = this.deliveries.stored(delivery, () => {
      this.#hold(delivery, -1);
      // Its end may have made the next of its user due. Where requests take long, the next look is soon enough.
      if (this.lanes.isQuick(delivery.webhookId)) void this.poll();
    });
    this.lanes.submit(run);
  }

  #hold({ webhookId, event }: Delivery, change: 1 | -1): void {
    this.#held += change;
    this.#heldBytes += change * event.body.length;
    const held = (this.#heldBy.get(webhookId) ?? 0) + change;
    if (held === 0) this.#heldBy.delete(webhookId);
    else this.#heldBy.set(webhookId, held);
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
