/**
 * A delivery as it waits in Postgres (table `retries`), and what is written of it.
 *
 * | status | meaning | leaves it |
 * | --- | --- | --- |
 * | `pending` | due at `due_at` | claimed → `sending` |
 * | `sending` | leased by a process until `leased_until`, renewed while it works | delivered → gone; failed → `pending` or `dead`; lease ran out → claimed again |
 * | `waiting` | behind an earlier row of the same webhook and user | that row is gone or dead → `pending` |
 * | `dead` | given up; kept for a resend | – |
 */
import type { EventToDeliver } from '../model/event.ts';

export interface StoredDelivery {
  readonly deliveryId: string;
  readonly webhookId: string;
  /** The user's key; null where order does not matter. */
  readonly orderKey: string | null;
  /** Attempts made so far. */
  readonly attempts: number;
  readonly event: EventToDeliver;
}

/** How a delivery enters the table. */
export interface NewRow {
  readonly delivery: StoredDelivery;
  /**
   * `sending`: its request is under way, so it is stored as leased. `dead`: given up, nothing waits behind it.
   * `offer`: only if an earlier row of the same webhook and user is there to wait behind.
   */
  readonly as: 'pending' | 'sending' | 'dead' | 'offer';
  /** Until it is due; of no matter while it waits behind another. */
  readonly delayMs: number;
}

/** How a delivery that this process has leased ends. */
export type Conclusion =
  | { readonly deliveryId: string; readonly kind: 'delivered' }
  | {
      readonly deliveryId: string;
      readonly kind: 'again';
      readonly attempts: number;
      readonly delayMs: number;
    }
  | { readonly deliveryId: string; readonly kind: 'dead'; readonly attempts: number };
