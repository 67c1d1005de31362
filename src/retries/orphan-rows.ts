/**
 * Deletes the rows of deleted webhooks. Such rows are never sent, because their webhook is not found. None is added,
 * because whoever stores a row locks its webhook (see `store-rows.ts`).
 *
 * The request that deletes a webhook deletes some of its rows. The others are deleted here in lots, so that the request
 * takes no longer for millions of rows. Each statement uses one index, in its order.
 */
import type { EntityManager } from 'typeorm';
import { webhooksWith } from './webhooks-with-rows.ts';

export const FIND_ORPHANS = `
  WITH RECURSIVE ${webhooksWith('live')}, ${webhooksWith('dead')}
  SELECT webhook_id FROM (SELECT webhook_id FROM live UNION SELECT webhook_id FROM dead) found
  WHERE NOT EXISTS (SELECT FROM webhooks WHERE id = found.webhook_id)`;

/** Rows that another instance deletes at the same moment are skipped. */
function deleteSome(which: string, order: string): string {
  return `
    DELETE FROM retries WHERE delivery_id = ANY (ARRAY (
      SELECT delivery_id FROM retries WHERE webhook_id = $1 AND ${which}
      ORDER BY ${order} LIMIT $2 FOR UPDATE SKIP LOCKED
    ))`;
}

export const DELETE_LIVE = deleteSome('NOT dead', 'order_key, sequence');
export const DELETE_DEAD = deleteSome('dead', 'created_at');

/** @returns the ids of deleted webhooks that have rows. */
export async function findOrphans(manager: EntityManager): Promise<string[]> {
  const found: { webhook_id: string }[] = await manager.query(FIND_ORPHANS);
  return found.map(({ webhook_id }) => webhook_id);
}

/** @returns how many rows were deleted; 0 if none is left that can be deleted now. */
export async function deleteOrphans(
  manager: EntityManager,
  webhookId: string,
  limit: number,
): Promise<number> {
  for (const statement of [DELETE_LIVE, DELETE_DEAD]) {
    const [, count] = await manager.query<[unknown[], number]>(statement, [webhookId, limit]);
    if (count > 0) return count;
  }
  return 0;
}
