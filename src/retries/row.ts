/**
 * A row of the table `retries`: a stored delivery, how it enters the table, and how its sender ends its lease.
 *
 * | status | meaning | leaves it |
 * | --- | --- | --- |
 * | `pending` | due at `due_at` | claimed → `sending` |
 * | `sending` | leased by a process until `leased_until`, renewed while it works | delivered → gone; failed → `pending` or `dead`; lease ran out → claimed again |
 * | `waiting` | behind an earlier row of the same webhook and user | that row is gone or dead → `pending` |
 * | `dead` | given up; kept for a resend | – |
 */
import type { Delivery } from '../model/delivery.ts';

/** How a delivery enters the table. */
export interface NewRow {
  readonly delivery: Delivery;
  /**
   * `sending`: its request is under way, so it is stored as leased. `dead`: given up, nothing waits behind it.
   * `offer`: only if an earlier row of the same webhook and user is there to wait behind, or a live one of its own.
   */
  readonly as: 'pending' | 'sending' | 'dead' | 'offer';
  /** Until it is due; of no matter while it waits behind another. */
  readonly delayMs: number;
  /** When its first attempt started, where that was before it is stored; milliseconds since the epoch. */
  readonly firstAttemptAt?: number;
}

/** What becomes of a row that this process has leased. */
export type RowEnd =
  | { readonly deliveryId: string; readonly as: 'delivered' }
  | {
      readonly deliveryId: string;
      readonly as: 'pending';
      /** Made so far. */
      readonly attempts: number;
      readonly delayMs: number;
    }
  | { readonly deliveryId: string; readonly as: 'dead'; readonly attempts: number };
