/**
 * Leases due rows, so that this process may send them. Rows that another process claims at the same moment are skipped. A
 * row whose lease ran out is due again.
 *
 * Due rows are read in the order of the index `retries_due`, so the cost does not grow with the backlog. A leased row keeps
 * its place in the index and is skipped there, so a claim writes no index.
 */
import type { EntityManager } from 'typeorm';
import { webhookMessageId, type Delivery } from '../model/delivery.ts';
import { usernameIn, type UserEvent } from '../model/event.ts';
import { mayBeReplaced } from '../model/storable-text.ts';
import type { Lease } from './store-rows.ts';
import { webhooksWith } from './webhooks-with-rows.ts';

/** Each webhook with live rows, and for how long its oldest row is due. */
export const FIND_HEADS = `
  WITH RECURSIVE ${webhooksWith('live')}
  SELECT webhook_id, (
    SELECT extract(epoch FROM now() - r.due_at)::float8 FROM retries r
    WHERE r.webhook_id = live.webhook_id AND r.claimable AND r.due_at <= now()
      AND (r.leased_until IS NULL OR r.leased_until <= now())
    ORDER BY r.due_at LIMIT 1
  ) AS due_for
  FROM live`;

/**
 * The ids are passed as an array. Otherwise the planner assumes that they are a tenth of the table, and reads all of it.
 * The join with `webhooks` leaves out webhooks that were deleted: this process may not have heard of that yet.
 *
 * The bytes of the rows are summed up before any row is read, the webhooks in turn. A row is claimed only if the rows
 * before it stay below the limit. So at most one row goes beyond it.
 */
export const CLAIM_ROWS = `
  WITH room AS (
    SELECT r.* FROM unnest($3::uuid[], $4::integer[]) AS r (webhook_id, places)
    JOIN webhooks ON webhooks.id = r.webhook_id
  ), due AS MATERIALIZED (
    SELECT claimed.*, row_number() OVER (PARTITION BY room.webhook_id ORDER BY claimed.due_at) AS turn
    FROM room CROSS JOIN LATERAL (
      SELECT r.delivery_id, r.due_at, octet_length(r.body) + octet_length(r.event_timestamp) AS bytes
      FROM retries r
      WHERE r.webhook_id = room.webhook_id AND r.claimable AND r.due_at <= now()
        AND (r.leased_until IS NULL OR r.leased_until <= now())
      ORDER BY r.due_at LIMIT room.places
      FOR UPDATE OF r SKIP LOCKED
    ) claimed
  ), fitting AS (
    SELECT delivery_id, sum(bytes) OVER (ORDER BY turn ROWS UNBOUNDED PRECEDING) - bytes AS bytes_before FROM due
  )
  UPDATE retries r
  SET status = 'sending', leased_by = $1, leased_until = now() + $2::float8 * interval '1 millisecond'
  WHERE r.delivery_id = ANY (ARRAY (SELECT delivery_id FROM fitting WHERE bytes_before < $5))
  RETURNING r.delivery_id, r.webhook_id, r.order_key, r.sequence, r.attempts, r.event_id, r.event_type,
            r.event_timestamp, r.body, r.traceparent, r.tracestate, r.source_topic, r.source_partition, r.source_offset,
            r.message_id, r.username, r.reason, r.replay_id, r.attempts_before`;

export const RENEW_LEASES = `
  UPDATE retries SET leased_until = now() + $2::float8 * interval '1 millisecond'
  WHERE delivery_id = ANY ($3::uuid[]) AND leased_by = $1`;

export interface Head {
  readonly webhookId: string;
  /** How many seconds ago the oldest row that can be claimed became due; null if no row can be claimed. */
  readonly dueForSeconds: number | null;
}

export interface Row {
  delivery_id: string;
  webhook_id: string;
  order_key: string | null;
  sequence: string;
  attempts: number;
  event_id: string;
  event_type: UserEvent['type'];
  event_timestamp: string;
  body: Buffer;
  traceparent: string | null;
  tracestate: string | null;
  source_topic: string | null;
  source_partition: number | null;
  source_offset: string | null;
  /** Null if `webhookMessageId` makes it from the event's id. */
  message_id: string | null;
  /** Null in rows of earlier versions. */
  username: string | null;
  /** Null stands for `event`. */
  reason: Delivery['reason'] | null;
  replay_id: string | null;
  attempts_before: number;
}

export async function findHeads(manager: EntityManager): Promise<Head[]> {
  const heads: { webhook_id: string; due_for: number | null }[] = await manager.query(FIND_HEADS);
  return heads.map(({ webhook_id, due_for }) => ({ webhookId: webhook_id, dueForSeconds: due_for }));
}

/** How much may be claimed. */
export interface Room {
  /** By webhook: at most this many rows. */
  readonly places: ReadonlyMap<string, number>;
  /** For all rows together. The last row may go beyond it. */
  readonly bytes: number;
}

export async function claimRows(
  manager: EntityManager,
  { places, bytes }: Room,
  lease: Lease,
): Promise<Delivery[]> {
  const [rows] = await manager.query<[Row[], number]>(CLAIM_ROWS, [
    lease.holder,
    lease.ms,
    [...places.keys()],
    [...places.values()],
    bytes,
  ]);
  return rows.sort((a, b) => Number(a.sequence) - Number(b.sequence)).map(toDelivery);
}

/** Makes the leases of this process last longer. A lease that another process has taken over is not touched. */
export async function renewLeases(
  manager: EntityManager,
  deliveryIds: readonly string[],
  lease: Lease,
): Promise<void> {
  await manager.query(RENEW_LEASES, [lease.holder, lease.ms, deliveryIds]);
}

export function toDelivery(row: Row): Delivery {
  const {
    traceparent,
    tracestate,
    source_topic: topic,
    source_partition: partition,
    source_offset: offset,
  } = row;
  return {
    id: row.delivery_id,
    webhookId: row.webhook_id,
    orderKey: row.order_key,
    attempts: row.attempts,
    attemptsBefore: row.attempts_before,
    reason: row.reason ?? 'event',
    replayId: row.replay_id,
    event: {
      id: row.event_id,
      messageId: row.message_id ?? webhookMessageId(row.event_id, null),
      type: row.event_type,
      timestamp: row.event_timestamp,
      body: row.body,
      username: usernameOf(row),
      trace: traceparent === null ? null : { traceparent, ...(tracestate === null ? {} : { tracestate }) },
      source: topic === null || partition === null || offset === null ? null : { topic, partition, offset },
    },
  };
}

/** The body has the name as it came. */
function usernameOf({ username, body }: Row): string | null {
  return username === null || mayBeReplaced(username) ? (usernameIn(body) ?? username) : username;
}
