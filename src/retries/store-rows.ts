/**
 * Stores a lot of deliveries in the table `retries`, in order, with one statement.
 *
 * A delivery is stored as `waiting` if its user has an earlier live row at the webhook. That earlier row is locked
 * meanwhile: it ends only after this statement, and whoever ends it then sees the new row and makes it due. An `offer`
 * without an earlier row is not stored but handed back, because it may be sent at once. A delivery that is in the table
 * already, because its event was read again, stays as it is, and an offer of it is not handed back; but a dead one becomes
 * live again.
 */
import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { storableText } from '../model/storable-text.ts';
import type { NewRow } from './row.ts';

/**
 * Of its own row it asks for the status, not for `dead`: with that, and with statistics of when all rows were dead, the planner
 * looked for one delivery through an index of all live rows.
 */
const STORE_ROWS = `
  WITH lot AS (
    SELECT * FROM unnest(
      $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::boolean[], $8::float8[], $9::integer[], $10::text[], $11::text[],
      $12::text[], $13::bytea[], $14::text[], $15::text[], $16::text[], $17::integer[], $18::bigint[], $19::text[],
      $20::text[], $21::timestamptz[], $22::text[], $23::uuid[], $24::integer[]
    ) WITH ORDINALITY AS l (
      delivery_id, webhook_id, order_key, entry, behind_lot, delay_ms, attempts, event_id, event_type,
      event_timestamp, body, traceparent, tracestate, source_topic, source_partition, source_offset, message_id, username,
      created_at, reason, replay_id, attempts_before, position
    )
  ), judged AS MATERIALIZED (
    SELECT lot.*, lot.behind_lot OR earlier.delivery_id IS NOT NULL OR own.delivery_id IS NOT NULL AS blocked
    FROM lot
    JOIN webhooks ON webhooks.id = lot.webhook_id
    LEFT JOIN LATERAL (
      SELECT r.delivery_id FROM retries r
      WHERE r.webhook_id = lot.webhook_id AND r.order_key = lot.order_key AND NOT r.dead
      ORDER BY r.sequence LIMIT 1
      FOR SHARE OF r
    ) earlier ON lot.order_key IS NOT NULL
    LEFT JOIN LATERAL (
      SELECT r.delivery_id FROM retries r
      WHERE lot.entry = 'offer' AND r.delivery_id = lot.delivery_id AND r.status <> 'dead'
      FOR SHARE OF r
    ) own ON true
  ), stored AS (
    INSERT INTO retries (
      delivery_id, webhook_id, order_key, status, due_at, leased_by, leased_until, attempts, event_id, event_type,
      event_timestamp, body, traceparent, tracestate, source_topic, source_partition, source_offset, message_id, username,
      created_at, reason, replay_id, attempts_before, dead_at
    )
    SELECT delivery_id, webhook_id, order_key,
           CASE WHEN entry = 'dead' THEN 'dead' WHEN blocked THEN 'waiting'
                WHEN entry = 'sending' THEN 'sending' ELSE 'pending' END,
           now() + delay_ms * interval '1 millisecond',
           CASE WHEN entry = 'sending' AND NOT blocked THEN $1::uuid END,
           CASE WHEN entry = 'sending' AND NOT blocked THEN now() + $2::float8 * interval '1 millisecond' END,
           attempts, event_id, event_type, event_timestamp, body, traceparent, tracestate, source_topic,
           source_partition, source_offset, message_id, username, coalesce(created_at, now()), reason, replay_id,
           attempts_before, CASE WHEN entry = 'dead' THEN now() END
    FROM judged WHERE blocked OR entry <> 'offer'
    ORDER BY position
    ON CONFLICT (delivery_id) DO UPDATE
    SET status = excluded.status, due_at = excluded.due_at, leased_by = excluded.leased_by, leased_until = excluded.leased_until,
        attempts = excluded.attempts, scheduled_at = now(), reason = excluded.reason, replay_id = excluded.replay_id,
        attempts_before = excluded.attempts_before, dead_at = excluded.dead_at
    WHERE retries.status = 'dead'
  )
  SELECT delivery_id FROM judged WHERE entry = 'offer' AND NOT blocked`;

/**
 * A live row that a replay asks for again belongs to that replay. It becomes due now if no earlier row is before it, and its
 * retry schedule begins anew.
 */
const ADOPT = `
  UPDATE retries r
  SET due_at = CASE r.status WHEN 'pending' THEN now() ELSE r.due_at END, reason = again.reason, replay_id = again.replay_id,
      attempts_before = r.attempts
  FROM unnest($1::uuid[], $2::text[], $3::uuid[]) AS again (delivery_id, reason, replay_id)
  WHERE r.delivery_id = again.delivery_id AND NOT r.dead AND r.replay_id IS DISTINCT FROM again.replay_id`;

/**
 * What is sent again was created when it was attempted for the first time, as far as the history knows. A delivery that was
 * delivered by its only attempt has no state there.
 */
const FIRST_ATTEMPTS = `
  UPDATE retries r SET created_at = first.at
  FROM unnest($1::uuid[]) AS again (delivery_id)
  CROSS JOIN LATERAL (
    SELECT coalesce(
      (SELECT s.created_at FROM delivery_states s WHERE s.delivery_id = again.delivery_id),
      (SELECT min(a.started_at) FROM attempts a WHERE a.delivered AND a.delivery_id = again.delivery_id)
    ) AS at
  ) first
  WHERE r.delivery_id = again.delivery_id AND NOT r.dead AND first.at < r.created_at`;

/**
 * A row refers to its webhook. So the webhook is locked before the rows, as it is when somebody changes or deletes it. With
 * another order of locks the two could wait for each other for ever.
 */
const LOCK_WEBHOOKS = 'SELECT 1 FROM webhooks WHERE id = ANY ($1::uuid[]) ORDER BY id FOR KEY SHARE';

/** Which process leases, and for how many milliseconds at a time. */
export interface Lease {
  readonly holder: string;
  readonly ms: number;
}

/** @returns the ids of the offers that were not stored. */
export async function storeRows(
  manager: EntityManager,
  asked: readonly NewRow[],
  lease: Lease,
): Promise<string[]> {
  const rows = withoutRepeats(asked);
  const behind = behindEarlierOfLot(rows);
  await manager.query(LOCK_WEBHOOKS, [[...new Set(rows.map(({ delivery }) => delivery.webhookId))]]);
  const column = <Value>(of: (row: NewRow) => Value): Value[] => rows.map(of);
  const free: { delivery_id: string }[] = await manager.query(STORE_ROWS, [
    lease.holder,
    lease.ms,
    column(({ delivery }) => delivery.id),
    column(({ delivery }) => delivery.webhookId),
    column(({ delivery }) => orderKeyHash(delivery.orderKey)),
    column(({ as }) => as),
    behind,
    column(({ delayMs }) => delayMs),
    column(({ delivery }) => delivery.attempts),
    column(({ delivery }) => delivery.event.id),
    column(({ delivery }) => delivery.event.type),
    column(({ delivery }) => delivery.event.timestamp),
    column(({ delivery }) => delivery.event.body),
    column(({ delivery }) => delivery.event.trace?.traceparent ?? null),
    column(({ delivery }) => delivery.event.trace?.tracestate ?? null),
    column(({ delivery }) => delivery.event.source?.topic ?? null),
    column(({ delivery }) => delivery.event.source?.partition ?? null),
    column(({ delivery }) => delivery.event.source?.offset ?? null),
    column(({ delivery: { event } }) => (event.messageId === event.id ? null : event.messageId)),
    column(({ delivery: { event } }) => event.username && storableText(event.username)),
    column(({ firstAttemptAt }) => (firstAttemptAt === undefined ? null : new Date(firstAttemptAt))),
    column(({ delivery }) => (delivery.reason === 'event' ? null : delivery.reason)),
    column(({ delivery }) => delivery.replayId),
    column(({ delivery }) => delivery.attemptsBefore),
  ]);
  const offered = new Set(free.map(({ delivery_id }) => delivery_id));
  await adopt(manager, rows, offered);
  return [...offered];
}

/** @param free the offers that were not stored. */
async function adopt(
  manager: EntityManager,
  rows: readonly NewRow[],
  free: ReadonlySet<string>,
): Promise<void> {
  const replayed = rows.filter(
    ({ delivery: { id, reason, replayId } }) => reason !== 'event' && replayId !== null && !free.has(id),
  );
  if (replayed.length === 0) return;
  await manager.query(ADOPT, [
    replayed.map(({ delivery }) => delivery.id),
    replayed.map(({ delivery }) => delivery.reason),
    replayed.map(({ delivery }) => delivery.replayId),
  ]);
  await manager.query(FIRST_ATTEMPTS, [replayed.map(({ delivery }) => delivery.id)]);
}

/**
 * A lot has a delivery twice if its partition was lost and came back. One statement cannot write a row twice. So the first
 * one counts, unless it was an offer or dead: then the later one counts.
 */
function withoutRepeats(rows: readonly NewRow[]): NewRow[] {
  const byId = new Map<string, NewRow>();
  for (const row of rows) {
    const { id } = row.delivery;
    const earlier = byId.get(id);
    if (!earlier || earlier.as === 'offer' || earlier.as === 'dead') byId.set(id, row);
  }
  return [...byId.values()];
}

/** A statement does not see the rows that it inserts. So deliveries behind an earlier one of the same lot are found here. */
function behindEarlierOfLot(rows: readonly NewRow[]): boolean[] {
  const stored = new Set<string>();
  return rows.map(({ as, delivery: { webhookId, orderKey } }) => {
    if (orderKey === null || as === 'dead') return false;
    const key = `${webhookId} ${orderKey}`;
    const behind = stored.has(key);
    if (as !== 'offer' || behind) stored.add(key);
    return behind;
  });
}

/** The first 16 bytes of the SHA-256, as PostgreSQL reads a uuid. Equal keys stay equal, and any key fits into the index. */
export function orderKeyHash(orderKey: string | null): string | null {
  return orderKey === null ? null : createHash('sha256').update(orderKey).digest('hex').slice(0, 32);
}
