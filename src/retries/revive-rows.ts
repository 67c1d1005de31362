/**
 * Makes dead rows live again, in their order. The first row of each user becomes due, and the others wait behind it. All of
 * them stand behind the live rows of that user. Only the owner of the partition may call it: it stores the rows of these
 * users, and its `Backlog` must know of them.
 */
import type { EntityManager } from 'typeorm';

/** The window function sees only locked rows. As in `store-rows.ts`, the row ahead is locked so that it cannot go. */
const REVIVE_ROWS = `
  WITH lot AS MATERIALIZED (
    SELECT r.delivery_id, r.order_key, r.sequence FROM retries r
    WHERE r.webhook_id = $1 AND r.dead AND r.sequence >= $2 AND r.sequence < $3
      AND (r.source_partition = $4 OR ($5 AND (r.source_partition IS NULL OR r.source_partition <> ALL ($6::integer[]))))
      AND coalesce(r.dead_at, r.scheduled_at) >= coalesce($7::timestamptz, '-infinity')
      AND coalesce(r.dead_at, r.scheduled_at) < coalesce($8::timestamptz, 'infinity')
      AND ($9::uuid IS NULL OR r.delivery_id = $9)
    ORDER BY r.sequence LIMIT $10
    FOR UPDATE
  ), judged AS MATERIALIZED (
    SELECT lot.delivery_id, lot.order_key IS NOT NULL AND (earlier.delivery_id IS NOT NULL
             OR row_number() OVER (PARTITION BY lot.order_key ORDER BY lot.sequence) > 1) AS blocked
    FROM lot LEFT JOIN LATERAL (
      SELECT r.delivery_id FROM retries r
      WHERE r.webhook_id = $1 AND r.order_key = lot.order_key AND NOT r.dead
      ORDER BY r.sequence LIMIT 1
      FOR SHARE OF r
    ) earlier ON lot.order_key IS NOT NULL
  )
  UPDATE retries r
  SET status = CASE WHEN judged.blocked THEN 'waiting' ELSE 'pending' END, due_at = now(), scheduled_at = now(),
      dead_at = NULL, attempts_before = r.attempts, reason = 'resend', replay_id = $11
  FROM judged WHERE r.delivery_id = judged.delivery_id
  RETURNING r.sequence`;

export interface RowsToRevive {
  readonly webhookId: string;
  /** The first `sequence`. */
  readonly from: number;
  /** The first `sequence` that is not taken. */
  readonly end: number;
  readonly partition: number;
  /** If not null, rows of partitions that are not in this list are taken as well. */
  readonly othersThan: readonly number[] | null;
  readonly givenUp: { readonly from: Date | null; readonly to: Date | null };
  readonly deliveryId: string | null;
  readonly replayId: string;
}

/** @returns the sequences of the rows that are live again. */
export async function reviveRows(
  manager: EntityManager,
  rows: RowsToRevive,
  limit: number,
): Promise<number[]> {
  const [revived] = await manager.query<[{ sequence: string }[], number]>(REVIVE_ROWS, [
    ...[rows.webhookId, rows.from, rows.end, rows.partition],
    ...[rows.othersThan !== null, rows.othersThan ?? []],
    ...[rows.givenUp.from, rows.givenUp.to, rows.deliveryId, limit, rows.replayId],
  ]);
  return revived.map(({ sequence }) => Number(sequence));
}
