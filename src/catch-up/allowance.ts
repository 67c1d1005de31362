/**
 * Limits how much of what is read again is in the pipeline at once. A webhook may have as much as its lane can have under
 * way. All together may have a fixed number of deliveries and bytes. Pure.
 */
import type { Lanes } from '../lanes/lanes.ts';

export interface AllowanceLimits {
  readonly deliveries: number;
  readonly bytes: number;
  /** Records that were read and not handed out. */
  readonly batches: number;
}

export class Allowance {
  readonly #underWay = new Map<string, number>();
  #deliveries = 0;
  #bytes = 0;
  #batches = 0;

  constructor(
    private readonly lanes: Pick<Lanes, 'refuses' | 'placesFor'>,
    private readonly limits: AllowanceLimits,
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

  /** @returns false if there is no room for one more. */
  take(webhookId: string, bytes: number): boolean {
    const underWay = this.#underWay.get(webhookId) ?? 0;
    if (!this.#hasRoom || underWay >= this.lanes.placesFor(webhookId) || this.lanes.refuses(webhookId))
      return false;
    this.#underWay.set(webhookId, underWay + 1);
    this.#deliveries += 1;
    this.#bytes += bytes;
    return true;
  }

  get #hasRoom(): boolean {
    return this.#deliveries < this.limits.deliveries && this.#bytes < this.limits.bytes;
  }

  giveBack(webhookId: string, bytes: number): void {
    const underWay = (this.#underWay.get(webhookId) ?? 0) - 1;
    if (underWay > 0) this.#underWay.set(webhookId, underWay);
    else this.#underWay.delete(webhookId);
    this.#deliveries -= 1;
    this.#bytes -= bytes;
  }
}
