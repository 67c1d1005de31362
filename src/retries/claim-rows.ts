/**
 * Leases due rows for sending. Rows that others are claiming at this moment are skipped, and a row whose lease ran out
 * is due again. What waits, waits in the index `retries_due`; the cost does not grow with the backlog. What is leased
 * stays in its place there and is passed over: a claim writes no index.
 */
import type { EntityManager } from 'typeorm';
import { webhookMessageId, type Delivery } from '../model/delivery.ts';
import { usernameIn, type UserEvent } from '../model/event.ts';
import type { Lease } from './store-rows.ts';

/** Each webhook that has live rows, by jumping through the index from webhook to webhook, and for how long its oldest is due. */
export const FIND_HEADS = `
  WITH RECURSIVE live AS (
    (SELECT webhook_id FROM retries WHERE NOT dead ORDER BY webhook_id LIMIT 1)
    UNION ALL
    SELECT next.webhook_id
    FROM live CROSS JOIN LATERAL (
      SELECT r.webhook_id FROM retries r
      WHERE NOT r.dead AND r.webhook_id > live.webhook_id
      ORDER BY r.webhook_id LIMIT 1
    ) next
  )
  SELECT webhook_id, (
    SELECT extract(epoch FROM now() - r.due_at)::float8 FROM retries r
    WHERE r.webhook_id = live.webhook_id AND r.claimable AND r.due_at <= now()
      AND (r.leased_until IS NULL OR r.leased_until <= now())
    ORDER BY r.due_at LIMIT 1
  ) AS due_for
  FROM live`;

/**
 * The ids are handed over as an array, or the planner takes them for a tenth of the table and reads all of it. Rows of a
 * webhook that was deleted, which this process may not have heard of yet, are nobody's.
 *
 * The rows that take part get their bytes counted before any is read, webhook by webhook in turn, and only those are
 * claimed before which there are fewer than are wanted: at most one row goes beyond it.
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
            r.message_id, r.username`;

export const RENEW_LEASES = `
  UPDATE retries SET leased_until = now() + $2::float8 * interval '1 millisecond'
  WHERE delivery_id = ANY ($3::uuid[]) AND leased_by = $1`;

export interface Head {
  readonly webhookId: string;
  /** Seconds for which the oldest delivery is due that can be claimed now; null where there is none. */
  readonly dueForSeconds: number | null;
}

interface Row {
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
  /** Null where it follows from the event's id. */
  message_id: string | null;
  /** Null in rows of earlier versions. */
  username: string | null;
}

/** Every webhook with live rows. */
export async function findHeads(manager: EntityManager): Promise<Head[]> {
  const heads: { webhook_id: string; due_for: number | null }[] = await manager.query(FIND_HEADS);
  return heads.map(({ webhook_id, due_for }) => ({ webhookId: webhook_id, dueForSeconds: due_for }));
}

/** What there is room for. */
export interface Room {
  /** Rows at most, by webhook. */
  readonly places: ReadonlyMap<string, number>;
  /** Of all of them together; the last row may go beyond it. */
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

/** Keeps the leases of what is still being worked; one that another process has taken over stays with it. */
export async function renewLeases(
  manager: EntityManager,
  deliveryIds: readonly string[],
  lease: Lease,
): Promise<void> {
  await manager.query(RENEW_LEASES, [lease.holder, lease.ms, deliveryIds]);
}

function toDelivery(row: Row): Delivery {
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
    reason: 'event',
    event: {
      id: row.event_id,
      messageId: row.message_id ?? webhookMessageId(row.event_id, null),
      type: row.event_type,
      timestamp: row.event_timestamp,
      body: row.body,
      username: row.username ?? usernameIn(row.body),
      trace: traceparent === null ? null : { traceparent, ...(tracestate === null ? {} : { tracestate }) },
      source: topic === null || partition === null || offset === null ? null : { topic, partition, offset },
    },
  };
}
