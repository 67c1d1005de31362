/**
 * Makes dead rows live again, in their order, behind the live rows of their user: they get new sequences. All of them wait, until
 * `RetryWriter.promote` makes those due that are the first of their user. It must be called after this was committed. Only the
 * owner of the partition may do this: it stores the rows of these users, and its `Backlog` must know of them.
 *
 * Nothing but dead rows is locked, which nobody else wants. Locking what is ahead of them ended in deadlocks with those who
 * were at work at it.
 */
import type { EntityManager } from 'typeorm';
import type { Key } from './finish-rows.ts';

const REVIVE_ROWS = `
  WITH lot AS MATERIALIZED (
    SELECT r.delivery_id, r.sequence FROM retries r
    WHERE r.webhook_id = $1 AND r.dead AND r.sequence >= $2 AND r.sequence < $3
      AND (r.source_partition = $4 OR ($5 AND (r.source_partition IS NULL OR r.source_partition <> ALL ($6::integer[]))))
      AND coalesce(r.dead_at, r.scheduled_at) >= coalesce($7::timestamptz, '-infinity')
      AND coalesce(r.dead_at, r.scheduled_at) < coalesce($8::timestamptz, 'infinity')
      AND ($9::uuid IS NULL OR r.delivery_id = $9)
    ORDER BY r.sequence LIMIT $10
    FOR UPDATE
  ), again AS MATERIALIZED (
    SELECT delivery_id, sequence, nextval(pg_get_serial_sequence('retries', 'sequence')) AS new_sequence FROM lot
  )
  UPDATE retries r
  SET status = CASE WHEN r.order_key IS NULL THEN 'pending' ELSE 'waiting' END, sequence = again.new_sequence,
      due_at = now(), scheduled_at = now(), dead_at = NULL, attempts_before = r.attempts, reason = 'resend', replay_id = $11
  FROM again WHERE r.delivery_id = again.delivery_id
  RETURNING again.sequence, r.webhook_id, r.order_key`;

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

/** A row that is live again, and the sequence that it had. */
export interface Revived extends Key {
  readonly sequence: string;
}

export async function reviveRows(
  manager: EntityManager,
  rows: RowsToRevive,
  limit: number,
): Promise<Revived[]> {
  const [revived] = await manager.query<[Revived[], number]>(REVIVE_ROWS, [
    ...[rows.webhookId, rows.from, rows.end, rows.partition],
    ...[rows.othersThan !== null, rows.othersThan ?? []],
    ...[rows.givenUp.from, rows.givenUp.to, rows.deliveryId, limit, rows.replayId],
  ]);
  return revived;
}
