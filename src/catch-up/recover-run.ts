/**
 * Works one cursor of a recovery. It makes rows that were given up live again, in order, in lots. The transaction of each
 * lot also writes how far it has come. After that, `retries/` sends these rows like all stored deliveries: the first of
 * each user, then the next.
 */
import { Logger } from '@nestjs/common';
import type { OffsetTracker } from '../intake/offset-tracker.ts';
import { ThrottledWarning } from '../logging/throttled-warning.ts';
import type { Webhook } from '../model/webhook.ts';
import type { Claim } from './cursor-store.ts';
import type { Cursor } from './cursor.ts';
import type { Run } from './run.ts';

/** The outcome of a lot. */
export interface RevivedLot {
  readonly revived: number;
  /** The sequence to go on from. */
  readonly next: number;
}

export interface Recovery {
  /** Revives the next lot, under the claim of the owner; null if it has lost the partition. */
  revive(claim: Claim, cursor: Cursor): Promise<RevivedLot | null>;
}

export interface RecoverParts {
  readonly recovery: Recovery;
  find(webhookId: string, evenPaused: boolean): Webhook | null;
  wake(run: Run): void;
}

export class RecoverRun implements Run {
  readonly #trouble = new ThrottledWarning(
    new Logger(RecoverRun.name),
    'rows could not be recovered, trying again',
  );
  readonly id: string;
  readonly endless = false;
  readonly isHandedOver = false;
  readonly handOver = null;
  readonly expired = 0;
  readonly since = null;
  #next: number;
  #matched: number;
  #working = false;
  #dropped = false;
  #stopped = false;
  waits = false;

  constructor(
    private readonly parts: RecoverParts,
    public cursor: Cursor,
    private readonly tracker: OffsetTracker,
    private readonly claim: () => Claim,
  ) {
    this.id = cursor.id;
    this.#next = cursor.next;
    this.#matched = cursor.matched;
  }

  get isReading(): boolean {
    return !this.isOver;
  }

  get isOver(): boolean {
    return !this.#working && (this.#stopped || this.#next >= (this.cursor.end ?? 0));
  }

  get saved(): number {
    return this.#next;
  }

  countMatched(): number {
    return this.#matched;
  }

  step(): void {
    if (this.#working || this.#dropped || this.isOver || this.tracker.revoked || this.waits) return;
    if (!this.parts.find(this.cursor.webhookId, false)) return;
    this.#working = true;
    const at = { ...this.cursor, next: this.#next, matched: this.#matched };
    void this.parts.recovery
      .revive(this.claim(), at)
      .then((lot) => {
        if (lot === null) return;
        this.#next = lot.next;
        this.#matched += lot.revived;
      })
      .catch((error: unknown) => {
        this.#trouble.say(error);
      })
      .finally(() => {
        this.#working = false;
        if (this.#next > at.next) this.parts.wake(this);
      });
  }

  stop(): void {
    this.#stopped = true;
  }

  drop(): void {
    this.#dropped = true;
  }
}
