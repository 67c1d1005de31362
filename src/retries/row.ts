/**
 * A row of the table `retries`, which is one stored delivery: how it enters the table, and how its lease ends.
 *
 * | status | meaning | leaves it |
 * | --- | --- | --- |
 * | `pending` | due at `due_at` | claimed → `sending` |
 * | `sending` | leased by a process until `leased_until`; the process renews the lease | delivered → deleted; failed → `pending` or `dead`; lease ran out → claimed again |
 * | `waiting` | behind an earlier row of the same webhook and user | that row is deleted or dead → `pending` |
 * | `dead` | exhausted; kept for a resend | – |
 */
import type { Delivery } from '../model/delivery.ts';

/** How a delivery enters the table. */
export interface NewRow {
  readonly delivery: Delivery;
  /**
   * `sending`: its request is under way, so the row is leased from the beginning. `dead`: it is exhausted, and nothing waits
   * behind it. `offer`: it is stored only if there is an earlier live row of the same webhook and user, or a live one of its
   * own.
   */
  readonly as: 'pending' | 'sending' | 'dead' | 'offer';
  /** How long until it is due. It does not matter for a row that waits behind another. */
  readonly delayMs: number;
  /**
   * When its first attempt started, in milliseconds since the epoch. Missing if the first attempt follows later, or was made
   * before an earlier storing or sending.
   */
  readonly firstAttemptAt?: number;
}

/** How a row that this process has leased ends its lease. */
export type LeaseEnd =
  | { readonly as: 'delivered' }
  | {
      readonly as: 'pending';
      /** How many attempts were made so far. */
      readonly attempts: number;
      readonly delayMs: number;
      /** As of a new row. */
      readonly firstAttemptAt?: number;
    }
  | { readonly as: 'dead'; readonly attempts: number; readonly firstAttemptAt?: number };

export type RowEnd = LeaseEnd & { readonly deliveryId: string };
