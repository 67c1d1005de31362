/**
 * Limits how much of what is read again is in the pipeline at once. All together may have a fixed number of deliveries and
 * bytes. A webhook may have as much as its lane can have under way. Beside live deliveries it may have less: only
 * so much that turns of the event loop stay short (`Leeway`), and little of one user, as live ones of the user wait behind it.
 *
 * Cursors that found no room take turns when there is some: of one partition alone, few users could be sent to at once.
 */
import type { Lane } from '../lanes/lane.ts';
import type { Lanes } from '../lanes/lanes.ts';
import { Leeway } from './leeway.ts';

export interface AllowanceLimits {
  readonly deliveries: number;
  readonly bytes: number;
  /** Records that were read and not handed out. */
  readonly batches: number;
}

/** What a cursor would hand out. */
export interface Wanted {
  readonly webhookId: string;
  readonly orderKey: string | null;
  readonly bytes: number;
  /** Whether live deliveries go to the webhook meanwhile. */
  readonly besideLive: boolean;
}

/** A cursor. */
export interface Taker {
  goesOn(): void;
}

/** So many deliveries of one user may be in the lane before another one joins them. */
const OF_ONE_USER = 2;

export class Allowance {
  readonly #underWay = new Map<string, number>();
  /** Those that found no room, the longest waiting first. */
  readonly #waiting = new Set<Taker>();
  #deliveries = 0;
  #bytes = 0;
  #batches = 0;

  constructor(
    private readonly lanes: Pick<Lanes, 'refuses' | 'placesFor'> & {
      all: ReadonlyMap<string, Pick<Lane, 'countOf'>>;
    },
    private readonly limits: AllowanceLimits,
    private readonly leeway = new Leeway(),
  ) {}

  /** Whether the webhook's lane takes anything: its breaker is closed, and it is not slow and full. */
  isOpen(webhookId: string): boolean {
    return !this.lanes.refuses(webhookId);
  }

  /** Whether more may be read. */
  get mayRead(): boolean {
    return this.#hasRoom && this.#batches < this.limits.batches;
  }

  keepBatch(): void {
    this.#batches += 1;
  }

  letBatchGo(): void {
    this.#batches -= 1;
  }

  /** @returns false if there is no room for one more. The taker goes on when there may be. */
  take(taker: Taker, wanted: Wanted): boolean {
    const { webhookId, bytes } = wanted;
    this.#waiting.delete(taker);
    if (!this.#hasRoomFor(wanted)) {
      this.#waiting.add(taker);
      return false;
    }
    this.#underWay.set(webhookId, (this.#underWay.get(webhookId) ?? 0) + 1);
    this.#deliveries += 1;
    this.#bytes += bytes;
    return true;
  }

  giveBack(webhookId: string, bytes: number): void {
    const underWay = (this.#underWay.get(webhookId) ?? 0) - 1;
    if (underWay > 0) this.#underWay.set(webhookId, underWay);
    else this.#underWay.delete(webhookId);
    this.#deliveries -= 1;
    this.#bytes -= bytes;
    const [next] = this.#waiting;
    if (!next) return;
    this.#waiting.delete(next);
    next.goesOn();
  }

  /** A turn of the event loop has ended. @param waitedMs how long something waited for its end. */
  turned(waitedMs: number, now: number): void {
    this.leeway.turned(waitedMs, now);
  }

  /** The taker is gone. */
  leave(taker: Taker): void {
    this.#waiting.delete(taker);
  }

  get #hasRoom(): boolean {
    return this.#deliveries < this.limits.deliveries && this.#bytes < this.limits.bytes;
  }

  #hasRoomFor({ webhookId, orderKey, besideLive }: Wanted): boolean {
    const underWay = this.#underWay.get(webhookId) ?? 0;
    if (!this.#hasRoom || underWay >= this.lanes.placesFor(webhookId) || this.lanes.refuses(webhookId))
      return false;
    if (!besideLive) return true;
    if (orderKey !== null && (this.lanes.all.get(webhookId)?.countOf(orderKey) ?? 0) >= OF_ONE_USER)
      return false;
    if (underWay < this.leeway.places) return true;
    this.leeway.wanted();
    return false;
  }
}
