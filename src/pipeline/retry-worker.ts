/**
 * Brings due deliveries from the table `retries` back into their lanes. It claims as many as the lanes have room for, renews
 * their leases until they end, and looks again at once while more is due.
 *
 * If a webhook's breaker is open, nothing is claimed for it; if the breaker wants a probe, one delivery is. Rows of a
 * disabled webhook stay. A webhook that is not known to be quick gets only what it can start soon. All of these together get
 * half of the room, in deliveries and in bytes, so that quick webhooks never wait for them.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Lanes } from '../lanes/lanes.ts';
import { WebhookIndex } from '../matching/webhook-index.ts';
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
/** What is held at once, waiting in lanes or under way. The last delivery may go beyond the bytes. */
const MAX_HELD: Amount = { deliveries: 4_000, bytes: 64 * 1024 * 1024 };
const MAX_HELD_BY_OTHERS: Amount = { deliveries: MAX_HELD.deliveries / 2, bytes: MAX_HELD.bytes / 2 };
const MAX_HELD_OF_ONE_WEBHOOK = 1_000;
/** For one claim. The answer of PostgreSQL is in memory several times, as text, until it is parsed. */
const MAX_CLAIM_BYTES = 8 * 1024 * 1024;
/** The assumed size of an event before the first claim. A claim reads rows in vain if they do not fit. */
const ASSUMED_BYTES = 16 * 1024;
/** For a webhook not known to be quick, per request that it may have under way: one runs, and the next is at hand. */
const HELD_FOR_EACH_PLACE = 2;
/** Smaller room is not used until it grows: a claim of a hundred rows costs little more than one of ten. */
const WORTH_A_CLAIM = 256;

@Injectable()
export class RetryWorker {
  readonly #unreadable = new ThrottledWarning(
    new Logger(RetryWorker.name),
    'the due deliveries could not be read, trying again',
  );
  /** What was claimed and has not ended. */
  readonly #held = new HeldRows();
  /** The last webhook not known to be quick that was given room. */
  #lastOther = '';
  #bytesOfOne = ASSUMED_BYTES;
  readonly #timers: NodeJS.Timeout[] = [];
  #polling: Promise<void> | null = null;
  #again = false;
  #stopped = false;
  #looks = true;
  #oldest: { readonly dueForSeconds: number; readonly at: number } | null = null;

  constructor(
    @Inject(RetryQueue)
    private readonly queue: Pick<RetryQueue, 'heads' | 'claim' | 'renew' | 'release' | 'sweep'>,
    @Inject(Lanes) private readonly lanes: Pick<Lanes, 'isQuick' | 'placesFor' | 'submit'>,
    @Inject(WebhookIndex) private readonly webhooks: Pick<WebhookIndex, 'find'>,
    @Inject(Deliveries) private readonly deliveries: Pick<Deliveries, 'stored'>,
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

  /** Ends the timers. Until then leases are renewed, because requests under way are still finished. */
  stop(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  /**
   * Whether the last look at the table succeeded, and for how many seconds the oldest delivery that could be sent has been
   * due; null before the first look.
   */
  get state(): { readonly looks: boolean; readonly oldestDueSeconds: number | null } {
    if (!this.#oldest) return { looks: this.#looks, oldestDueSeconds: null };
    const { dueForSeconds, at } = this.#oldest;
    // While PostgreSQL is away, what was due at the last look is still due.
    const since = dueForSeconds === 0 ? 0 : (performance.now() - at) / 1_000;
    return { looks: this.#looks, oldestDueSeconds: dueForSeconds + since };
  }

  /** Looks for due deliveries now. A call during a look causes one more look after it. */
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
      ({ dueForSeconds, webhookId }) => dueForSeconds !== null && this.webhooks.find(webhookId),
    );
    this.#noteOldest(due);
    const ids = due.map(({ webhookId }) => webhookId);
    // Each kind has its own room. Quick webhooks come first, because their deliveries end soon.
    const isQuick = (webhookId: string): boolean => this.lanes.isQuick(webhookId);
    await this.#claimOf(ids.filter(isQuick), MAX_HELD, this.#held.all);
    const isOther = (webhookId: string): boolean => !isQuick(webhookId);
    await this.#claimOf(this.#inTurn(ids.filter(isOther)), MAX_HELD_BY_OTHERS, this.#held.ofThose(isOther));
  }

  /**
   * @param due ids of webhooks of one kind, quick or other, that have due deliveries.
   * @param most how much may be held for this kind.
   * @param held how much is held for this kind now.
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
    // The bytes may have ended the claim, so more may be due.
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

  /** Starts where the room ended the last time: there may be more webhooks than room. */
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
      // Its end may make the next delivery of its user due. If requests take long, the next regular look is soon enough.
      if (this.lanes.isQuick(webhookId)) void this.poll();
    });
    this.lanes.submit(run);
  }

  /** Never runs the work twice at once: it would pile up while PostgreSQL hangs. If it took too long, it runs again at once. */
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
