/**
 * When a webhook is enabled again, its rows become due at once. The table `webhook_releases` lists such webhooks. The rows
 * are changed in lots, so that the REST request does not wait for a large backlog. Rows scheduled later keep their time.
 */
import type { EntityManager } from 'typeorm';

const LOT = 1_000;

const RELEASED = 'SELECT webhook_id, released_at::text FROM webhook_releases';

/** `claimable` follows from the status. It is written so that the planner may use the partial index `retries_due`. */
const MAKE_DUE = `
  UPDATE retries SET due_at = now(), scheduled_at = now()
  WHERE delivery_id = ANY (ARRAY (
    SELECT delivery_id FROM retries
    WHERE webhook_id = $1 AND claimable AND status = 'pending' AND due_at > now() AND scheduled_at < $2::timestamptz
    ORDER BY due_at LIMIT ${LOT}
    FOR UPDATE SKIP LOCKED
  ))`;

const FORGET = 'DELETE FROM webhook_releases WHERE webhook_id = $1 AND released_at = $2::timestamptz';

/** Makes one lot of each listed webhook due. A webhook without further rows is taken off the list. */
export async function releaseRows(manager: EntityManager): Promise<void> {
  const released: { webhook_id: string; released_at: string }[] = await manager.query(RELEASED);
  for (const { webhook_id, released_at } of released) {
    const [, count] = await manager.query<[unknown[], number]>(MAKE_DUE, [webhook_id, released_at]);
    if (count === 0) await manager.query(FORGET, [webhook_id, released_at]);
  }
}
