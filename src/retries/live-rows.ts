/**
 * Tells whether a delivery may be sent at once: neither its user at the webhook nor the delivery itself has a live row. The
 * table `retries` is read on a connection of its own. So the answer does not wait for what is being written, which may be
 * hundreds of changes. Of rows that are still to be written it is told.
 */
import type { DataSource } from 'typeorm';
import type { Delivery } from '../model/delivery.ts';
import { orderKeyHash } from './store-rows.ts';

/** Both look-ups go by an index for each delivery. As `EXISTS`, the planner may read all live rows for them at once. */
export const FIND_LIVE = `
  SELECT asked.delivery_id
  FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS asked (delivery_id, webhook_id, order_key)
  LEFT JOIN LATERAL (
    SELECT true AS found FROM retries r
    WHERE r.webhook_id = asked.webhook_id AND r.order_key = asked.order_key AND NOT r.dead
    LIMIT 1
  ) of_user ON true
  LEFT JOIN LATERAL (
    SELECT true AS found FROM retries r WHERE r.delivery_id = asked.delivery_id AND r.status <> 'dead' LIMIT 1
  ) own ON true
  WHERE of_user.found OR own.found`;

const MOST_AT_ONCE = 500;

type Asked = Pick<Delivery, 'id' | 'webhookId' | 'orderKey'>;

interface Question {
  readonly delivery: Asked;
  readonly answered: (mayBeLive: boolean) => void;
}

export class LiveRows {
  readonly #questions: Question[] = [];
  /** By user, how many rows are to be written and are not written yet. */
  readonly #storing = new Map<string, number>();
  #asking = false;
  #open = 0;

  /**
   * @param find which of these deliveries have a live row, or their users at the webhooks; it may fail.
   * @param soon calls back when this turn of the event loop has ended.
   */
  constructor(
    private readonly find: (deliveries: readonly Asked[]) => Promise<ReadonlySet<string>>,
    private readonly soon: (callback: () => void) => void,
  ) {}

  /** How many questions have no answer yet. */
  get open(): number {
    return this.#open;
  }

  /** A row of this delivery is going to be written. */
  storing(delivery: Asked): void {
    const user = userOf(delivery);
    this.#storing.set(user, (this.#storing.get(user) ?? 0) + 1);
  }

  /** The row is written, or it turned out that it need not be. */
  stored(delivery: Asked): void {
    const user = userOf(delivery);
    const left = (this.#storing.get(user) ?? 0) - 1;
    if (left > 0) this.#storing.set(user, left);
    else this.#storing.delete(user);
  }

  /** @param answered called once: with true if a row may be live, also because PostgreSQL does not answer. */
  ask(delivery: Asked, answered: (mayBeLive: boolean) => void): void {
    if (this.#storing.has(userOf(delivery))) {
      answered(true);
      return;
    }
    this.#open += 1;
    this.#questions.push({ delivery, answered });
    if (this.#asking) return;
    this.#asking = true;
    // What comes later in this turn is asked with it.
    this.soon(() => void this.#askAll());
  }

  async #askAll(): Promise<void> {
    while (this.#questions.length > 0) {
      const some = this.#questions.splice(0, MOST_AT_ONCE);
      const live = await this.find(some.map(({ delivery }) => delivery)).catch(() => null);
      this.#open -= some.length;
      for (const { delivery, answered } of some) answered(live === null || live.has(delivery.id));
    }
    this.#asking = false;
  }
}

/** @returns the ids of those that have a live row, or whose users have one at the webhook. */
export async function findLive(
  dataSource: Pick<DataSource, 'query'>,
  deliveries: readonly Asked[],
): Promise<ReadonlySet<string>> {
  const rows: { delivery_id: string }[] = await dataSource.query(FIND_LIVE, [
    deliveries.map(({ id }) => id),
    deliveries.map(({ webhookId }) => webhookId),
    deliveries.map(({ orderKey }) => orderKeyHash(orderKey)),
  ]);
  return new Set(rows.map((row) => row.delivery_id));
}

/** A delivery without an order key has nothing before it but itself. */
function userOf({ id, webhookId, orderKey }: Asked): string {
  return orderKey === null ? id : `${webhookId} ${orderKey}`;
}
