/**
 * Ends or reschedules rows that this process has leased, and makes the rows behind them due. A row whose lease another
 * process has taken over is left to it.
 *
 * Rows behind are made due by a second statement in the same transaction. It also sees rows that were stored while the
 * first statement waited for a lock (see `store-rows.ts`). So no row keeps waiting behind a row that is gone.
 *
 * A row has a holder only while it is being sent. The statements ask for the holder and not for the status as well: with
 * both, the planner would read the whole index of due rows.
 */
import type { EntityManager } from 'typeorm';
import type { RowEnd } from './row.ts';

export const DELETE_DELIVERED = `
  DELETE FROM retries WHERE delivery_id = ANY ($2::uuid[]) AND leased_by = $1
  RETURNING webhook_id, order_key`;

export const BURY = `
  UPDATE retries r SET status = 'dead', leased_by = NULL, leased_until = NULL, attempts = given_up.attempts,
    dead_at = now(), created_at = coalesce(given_up.first_attempt_at, r.created_at)
  FROM unnest($2::uuid[], $3::integer[], $4::timestamptz[]) AS given_up (delivery_id, attempts, first_attempt_at)
  WHERE r.delivery_id = given_up.delivery_id AND r.leased_by = $1
  RETURNING r.webhook_id, r.order_key`;

export const RESCHEDULE = `
  UPDATE retries r
  SET status = 'pending', leased_by = NULL, leased_until = NULL, attempts = again.attempts, scheduled_at = now(),
      due_at = now() + again.delay_ms * interval '1 millisecond',
      created_at = coalesce(again.first_attempt_at, r.created_at)
  FROM unnest($2::uuid[], $3::integer[], $4::float8[], $5::timestamptz[])
    AS again (delivery_id, attempts, delay_ms, first_attempt_at)
  WHERE r.delivery_id = again.delivery_id AND r.leased_by = $1`;

const FORGET_GIVEN_UP = 'DELETE FROM retries WHERE delivery_id = ANY ($1::uuid[]) AND dead';

/** Makes the first live row of each order key due, if it is waiting. */
const PROMOTE_NEXT = `
  UPDATE retries r SET status = 'pending', due_at = now()
  FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[]) AS k (webhook_id, order_key)) ended
  CROSS JOIN LATERAL (
    SELECT n.delivery_id FROM retries n
    WHERE n.webhook_id = ended.webhook_id AND n.order_key = ended.order_key AND NOT n.dead
    ORDER BY n.sequence LIMIT 1
  ) first
  WHERE r.delivery_id = first.delivery_id AND r.status = 'waiting'`;

/** `NOT dead` follows from the status. It is written so that the planner may use the partial index `retries_order`. */
const NEXT_WAITING = `
  SELECT webhook_id, order_key, sequence FROM retries
  WHERE NOT dead AND status = 'waiting' AND (webhook_id, order_key, sequence) > ($1::uuid, $2::uuid, $3::bigint)
  ORDER BY webhook_id, order_key, sequence LIMIT $4`;

/** A user at a webhook. */
export interface Key {
  webhook_id: string;
  order_key: string | null;
}

export async function finishRows(
  manager: EntityManager,
  ends: readonly RowEnd[],
  holder: string,
): Promise<void> {
  const delivered = ends.filter((end) => end.as === 'delivered');
  const dead = ends.filter((end) => end.as === 'dead');
  const pending = ends.filter((end) => end.as === 'pending');
  const gone: Key[] = [];
  if (delivered.length > 0) {
    const [rows] = await manager.query<[Key[], number]>(DELETE_DELIVERED, [holder, ids(delivered)]);
    gone.push(...rows);
  }
  if (dead.length > 0) {
    const attempts = dead.map((end) => end.attempts);
    const [rows] = await manager.query<[Key[], number]>(BURY, [
      ...[holder, ids(dead), attempts],
      dead.map(firstAttemptAt),
    ]);
    gone.push(...rows);
  }
  if (pending.length > 0) {
    const [attempts, delays] = [pending.map((end) => end.attempts), pending.map((end) => end.delayMs)];
    await manager.query(RESCHEDULE, [holder, ids(pending), attempts, delays, pending.map(firstAttemptAt)]);
  }
  await promoteNext(manager, gone);
}

/** Deletes dead rows of deliveries that were delivered after all. Nothing waits behind a dead row. */
export async function forgetGivenUp(manager: EntityManager, deliveryIds: readonly string[]): Promise<void> {
  await manager.query(FORGET_GIVEN_UP, [deliveryIds]);
}

/** Of each of these users, makes the first live row due, if it is waiting. */
export async function promoteNext(manager: EntityManager, keys: readonly Key[]): Promise<void> {
  const ordered = keys.filter(({ order_key }) => order_key !== null);
  if (ordered.length === 0) return;
  await manager.query(PROMOTE_NEXT, [
    ordered.map(({ webhook_id }) => webhook_id),
    ordered.map(({ order_key }) => order_key),
  ]);
}

/** The place that a sweep has reached. Null means its beginning or its end. */
export type SweepPosition = Key & { sequence: string };

const ZERO: SweepPosition = {
  webhook_id: '00000000-0000-0000-0000-000000000000',
  order_key: '00000000-0000-0000-0000-000000000000',
  sequence: '0',
};

/**
 * Looks at the next waiting rows, and makes those due that wait behind nothing, for example because somebody deleted a row
 * by hand.
 */
export async function sweepWaiting(
  manager: EntityManager,
  from: SweepPosition | null,
  limit: number,
): Promise<SweepPosition | null> {
  const { webhook_id, order_key, sequence } = from ?? ZERO;
  const rows: SweepPosition[] = await manager.query(NEXT_WAITING, [webhook_id, order_key, sequence, limit]);
  await promoteNext(manager, rows);
  return rows.length < limit ? null : (rows.at(-1) ?? null);
}

/** A row that was stored before its first attempt is listed by that attempt from now on, as in the history. */
function firstAttemptAt({ firstAttemptAt: at }: { readonly firstAttemptAt?: number }): Date | null {
  return at === undefined ? null : new Date(at);
}

function ids(ends: readonly RowEnd[]): string[] {
  return ends.map(({ deliveryId }) => deliveryId);
}
