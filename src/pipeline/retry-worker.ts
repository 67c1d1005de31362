/**
 * Brings due deliveries back from the waiting room into their lanes: claims as many as the lanes have room for, keeps
 * their leases while they are worked, and asks again at once while there is more.
 *
 * A webhook whose breaker is open gets none, one whose breaker wants a probe gets one; a disabled webhook's rows stay.
 */
import { Injectable, Logger } from '@nestjs/common';
import { Lanes } from '../lanes/lanes.ts';
import { MatchingService } from '../matching/matching.service.ts';
import type { Delivery } from '../model/delivery.ts';
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
  #held = 0;
  #heldBytes = 0;
  #bytesOfOne = ASSUMED_BYTES;
  readonly #timers: NodeJS.Timeout[] = [];
  #polling: Promise<void> | null = null;
  #again = false;
  #stopped = false;

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
    const due = (await this.queue.heads()).filter((head) => head.due).map(({ webhookId }) => webhookId);
    const room = this.#room(due);
    if (room.size === 0 || this.#stopped) return;
    const claimed = await this.queue.claim(room);
    if (claimed.length === 0) return;
    const bytes = claimed.reduce((sum, { event }) => sum + event.body.length, 0);
    this.#bytesOfOne = Math.max(bytes / claimed.length, 1);
    for (const delivery of claimed) this.#take(delivery);
  }

  #room(due: readonly string[]): Map<string, number> {
    const room = new Map<string, number>();
    const roomByBytes = Math.floor((MAX_HELD_BYTES - this.#heldBytes) / this.#bytesOfOne);
    let overall = Math.min(MAX_HELD.overall - this.#held, Math.max(roomByBytes, this.#held === 0 ? 1 : 0));
    for (const webhookId of due) {
      if (!this.matching.find(webhookId)) continue;
      const places = this.lanes.placesFor(webhookId);
      const held = this.#heldBy.get(webhookId) ?? 0;
      const most = places <= 1 ? places : MAX_HELD.ofOneWebhook;
      const free = Math.min(most - held, overall);
      if (free <= 0 || (free < WORTH_A_CLAIM && held > 0)) continue;
      room.set(webhookId, free);
      overall -= free;
    }
    return room;
  }

  #take(delivery: Delivery): void {
    this.#hold(delivery, 1);
    const run = this.deliveries.stored(delivery, () => {
      this.#hold(delivery, -1);
      // Its end may have made the next of its user due.
      void this.poll();
    });
    this.lanes.submit(run);
  }

  #hold({ webhookId, event }: Delivery, change: 1 | -1): void {
    this.#held += change;
    this.#heldBytes += change * event.body.length;
    this.#heldBy.set(webhookId, (this.#heldBy.get(webhookId) ?? 0) + change);
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
    } catch (error) {
      this.#unreadable.say(error);
    }
  }
}
