/**
 * The three tables in which deliveries are found, and how each says the same about a delivery. `retries` has those that
 * wait. `attempts` has those that were delivered with one attempt. `delivery_states` has all others. In one snapshot, a
 * delivery is in exactly one of them.
 */
import type { Status } from './delivery.dto.ts';

export interface Source {
  /** As `t`. */
  readonly table: string;
  readonly at: 'started_at' | 'created_at';
  readonly base: string;
  readonly columns: string;
  /** Joined to the rows of the table, and what must hold of them. */
  readonly joins: string;
  readonly listed: string;
  /** Expressions for what is filtered. */
  readonly status: string;
  readonly statusCode: string;
  readonly errorCode: string;
  readonly statuses: readonly Status[];
}

const NOT_WAITING = 'NOT EXISTS (SELECT FROM retries r WHERE r.delivery_id = t.delivery_id AND NOT r.dead)';
const OF_EVENT = `t.webhook_id, t.event_id, t.event_type, t.event_timestamp, t.source_topic, t.source_partition,
  t.source_offset::text`;

const ofAttempt = (
  status: string,
  attemptCount: string,
): string => `${OF_EVENT}, t.username, ${status} AS status,
  ${attemptCount} AS attempt_count, t.started_at AS last_attempt_at, NULL::timestamptz AS next_attempt_at, t.status_code,
  t.error_code, t.duration_ms, NULL AS row_status`;

export const SINGLE: Source = {
  table: 'attempts',
  at: 'started_at',
  base: 't.delivered AND t.attempt = 1',
  columns: ofAttempt("'delivered'", '1'),
  joins: '',
  listed: `NOT EXISTS (SELECT FROM delivery_states s WHERE s.delivery_id = t.delivery_id) AND ${NOT_WAITING}`,
  status: "'delivered'",
  statusCode: 't.status_code',
  errorCode: 't.error_code',
  statuses: ['delivered'],
};

/** The latest attempt of a delivery whose other attempts are gone by retention. */
export const LATEST: Source = {
  ...SINGLE,
  columns: ofAttempt("CASE WHEN t.delivered THEN 'delivered' ELSE 'exhausted' END", 't.attempt'),
};

/** The rows of a deleted webhook are gone, so none of its deliveries is tried again, whatever its latest attempt announced. */
const STATE = `CASE WHEN t.status = 'pending' AND NOT EXISTS (SELECT FROM webhooks w WHERE w.id = t.webhook_id)
  THEN 'exhausted' ELSE t.status END`;

export const FOLLOWED: Source = {
  table: 'delivery_states',
  at: 'created_at',
  base: 'true',
  columns: `${OF_EVENT}, t.username, ${STATE} AS status, t.attempt_count, t.last_attempt_at,
    CASE WHEN ${STATE} = 'pending' THEN t.next_attempt_at END AS next_attempt_at,
    t.status_code, t.error_code, t.duration_ms, NULL AS row_status`,
  joins: '',
  listed: NOT_WAITING,
  status: STATE,
  statusCode: 't.status_code',
  errorCode: 't.error_code',
  statuses: ['delivered', 'exhausted', 'pending'],
};

const ofRow = (status: string, nextAttemptAt: string, rowStatus: string): string => `${OF_EVENT},
  coalesce(t.username, s.username) AS username, ${status} AS status,
  greatest(t.attempts, s.attempt_count, once.attempt) AS attempt_count,
  coalesce(s.last_attempt_at, once.started_at) AS last_attempt_at, ${nextAttemptAt} AS next_attempt_at,
  coalesce(s.status_code, once.status_code) AS status_code, s.error_code,
  coalesce(s.duration_ms, once.duration_ms) AS duration_ms, ${rowStatus} AS row_status`;

/** What is sent again may have been delivered by its only attempt. Then the history has no state of it. */
const ONCE = `LEFT JOIN LATERAL (
    SELECT a.attempt, a.started_at, a.status_code, a.duration_ms FROM attempts a
    WHERE a.delivered AND a.delivery_id = t.delivery_id AND t.reason IS NOT NULL AND s.delivery_id IS NULL
    ORDER BY a.id DESC LIMIT 1
  ) once ON true`;

/** Behind another, or stored before any attempt was made. */
const WAITS = "(t.status = 'waiting' OR (t.attempts = 0 AND t.status = 'pending'))";
const ROW_STATUS = `CASE WHEN ${WAITS} THEN 'waiting' ELSE 'pending' END`;

export const WAITING: Source = {
  table: 'retries',
  at: 'created_at',
  base: 'NOT t.dead',
  columns: ofRow(ROW_STATUS, `CASE WHEN ${WAITS} THEN NULL ELSE t.due_at END`, 't.status'),
  joins: `LEFT JOIN delivery_states s ON s.delivery_id = t.delivery_id ${ONCE}`,
  listed: 'true',
  status: ROW_STATUS,
  statusCode: 'coalesce(s.status_code, once.status_code)',
  errorCode: 's.error_code',
  statuses: ['waiting', 'pending'],
};

/** Given up, while its result is still on its way. */
export const GIVEN_UP: Source = {
  ...WAITING,
  base: 't.dead',
  columns: ofRow("'exhausted'", 'NULL::timestamptz', 'NULL'),
};
