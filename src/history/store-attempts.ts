/**
 * Writes a lot of attempts into `attempts`. A delivery that is more than one successful attempt also gets a row in
 * `delivery_states`.
 *
 * A lot is sent as one JSON text, which costs both sides less than arrays. The statements are prepared, because planning
 * them over the tables of all days costs more than running them.
 */
import type { PoolClient } from 'pg';
import { DAY_MS, firstIdAt } from './day.ts';
import type { RecordedAttempt } from './read-attempt.ts';

const COLUMNS = [
  ['id', 'uuid'],
  ['attempt', 'integer'],
  ['delivery_id', 'uuid'],
  ['webhook_id', 'uuid'],
  ['started_at', 'timestamptz'],
  ['next_attempt_at', 'timestamptz'],
  ['source_offset', 'bigint'],
  ['source_partition', 'integer'],
  ['duration_ms', 'integer'],
  ['status_code', 'integer'],
  ['event_id', 'text'],
  ['event_type', 'text'],
  ['event_timestamp', 'text'],
  ['webhook_url', 'text'],
  ['method', 'text'],
  ['reason', 'text'],
  ['outcome', 'text'],
  ['error_code', 'text'],
  ['error_message', 'text'],
  ['response_body', 'text'],
  ['source_topic', 'text'],
  ['username', 'text'],
  ['replay_id', 'uuid'],
] as const;
const NAMES = COLUMNS.map(([name]) => name).join(', ');

/**
 * Answers with those that were there already (`known`), and those whose delivery needs a row of `delivery_states`: the
 * look-ups of a delivery begin at `from_id`, and are limited so that the planner makes no join over all days of them.
 */
export const STORE = {
  name: 'history-store',
  text: `
  WITH lot AS MATERIALIZED (
    SELECT * FROM json_to_recordset($1::json) AS l (
      ${COLUMNS.map((column) => column.join(' ')).join(', ')}, from_id uuid, again boolean)
  ), stored AS (
    INSERT INTO attempts (delivered, ${NAMES})
    SELECT outcome = 'delivered', ${NAMES} FROM lot
    ON CONFLICT DO NOTHING
    RETURNING id
  )
  SELECT lot.id, stored.id IS NULL AS known
  FROM lot
  LEFT JOIN stored ON stored.id = lot.id
  LEFT JOIN LATERAL (SELECT 1 AS one FROM delivery_states s WHERE s.delivery_id = lot.delivery_id LIMIT 1) state ON true
  LEFT JOIN LATERAL (
    SELECT 1 AS one FROM attempts a
    WHERE lot.outcome = 'delivered' AND lot.attempt = 1
      AND a.delivery_id = lot.delivery_id AND a.id >= lot.from_id AND a.id < lot.id LIMIT 1
  ) earlier ON true
  WHERE stored.id IS NULL OR lot.outcome <> 'delivered' OR lot.attempt > 1 OR lot.again
    OR state.one IS NOT NULL OR earlier.one IS NOT NULL`,
};

/** The columns that a state copies from its delivery's latest attempt. */
const LATEST = [
  'latest_id',
  'last_attempt_at',
  'next_attempt_at',
  'attempt',
  'duration_ms',
  'status_code',
  'status',
  'error_code',
];
const OF_ALL = [
  ...['webhook_id', 'event_id', 'event_type', 'event_timestamp'],
  ...['source_topic', 'source_partition', 'source_offset', 'username'],
];

/** A delivery without a row gets one that counts all its attempts, also older ones. */
const FOLLOW = {
  name: 'history-follow',
  text: `
  WITH touched AS MATERIALIZED (
    SELECT t.delivery_id, CASE WHEN s.delivery_id IS NULL THEN t.from_id ELSE t.new_id END AS since, s.delivery_id IS NOT NULL AS known
    FROM json_to_recordset($1::json) AS t (delivery_id uuid, from_id uuid, new_id uuid)
    LEFT JOIN LATERAL (
      SELECT delivery_id FROM delivery_states WHERE delivery_id = t.delivery_id LIMIT 1
    ) s ON true
  ), theirs AS MATERIALIZED (
    SELECT found.* FROM touched CROSS JOIN LATERAL (
      SELECT a.* FROM attempts a WHERE a.delivery_id = touched.delivery_id AND a.id >= touched.since
      ORDER BY a.id LIMIT 10000
    ) found
    WHERE NOT touched.known OR found.id = ANY ($2::uuid[])
  ), latest AS (
    SELECT DISTINCT ON (delivery_id) * FROM theirs ORDER BY delivery_id, id DESC
  ), all_of_it AS (
    SELECT delivery_id, min(started_at) AS created_at, count(*)::integer AS attempt_count FROM theirs GROUP BY delivery_id
  )
  INSERT INTO delivery_states AS s (
    delivery_id, created_at, attempt_count, ${OF_ALL.join(', ')}, ${LATEST.join(', ')})
  SELECT delivery_id, created_at, attempt_count, ${OF_ALL.join(', ')},
         id, started_at, next_attempt_at, attempt, duration_ms, status_code,
         CASE WHEN outcome = 'delivered' THEN 'delivered' WHEN outcome = 'failed' AND reason <> 'test' THEN 'pending'
              ELSE 'exhausted' END,
         error_code
  FROM latest JOIN all_of_it USING (delivery_id)
  ORDER BY delivery_id
  ON CONFLICT (delivery_id) DO UPDATE SET
    created_at = least(s.created_at, excluded.created_at),
    attempt_count = s.attempt_count + excluded.attempt_count,
    ${LATEST.map((name) => `${name} = CASE WHEN excluded.latest_id > s.latest_id THEN excluded.${name} ELSE s.${name} END`).join(', ')}`,
};

/** @returns the attempts that were not stored before. */
export async function storeAttempts(
  client: PoolClient,
  attempts: readonly RecordedAttempt[],
): Promise<RecordedAttempt[]> {
  const lot = withoutRepeats(attempts);
  if (lot.length === 0) return [];
  const seen = new Set<string>();
  const rows = lot.map((attempt) => {
    const again = seen.has(attempt.delivery_id);
    seen.add(attempt.delivery_id);
    return { ...attempt, from_id: earliestId(attempt), again };
  });
  const { rows: found } = await client.query<{ id: string; known: boolean }>({
    ...STORE,
    values: [JSON.stringify(rows)],
  });
  if (found.length === 0) return lot;
  const known = new Set(found.flatMap(({ id, known: isKnown }) => (isKnown ? [id] : [])));
  const toFollow = new Set(found.flatMap(({ id }) => (known.has(id) ? [] : [id])));
  const added = lot.filter(({ id }) => !known.has(id));
  await follow(client, added, toFollow);
  return added;
}

/** @param ids of the attempts whose deliveries have, or need, a row of `delivery_states`. */
async function follow(
  client: PoolClient,
  added: readonly RecordedAttempt[],
  ids: ReadonlySet<string>,
): Promise<void> {
  const deliveries = new Set(added.flatMap(({ id, delivery_id }) => (ids.has(id) ? [delivery_id] : [])));
  if (deliveries.size === 0) return;
  const theirs = added.filter(({ delivery_id }) => deliveries.has(delivery_id));
  const touched = [...Map.groupBy(theirs, ({ delivery_id }) => delivery_id)].map(([delivery_id, some]) => ({
    delivery_id,
    from_id: least(some.map(earliestId)),
    new_id: least(some.map(({ id }) => id)),
  }));
  await client.query({ ...FOLLOW, values: [JSON.stringify(touched), theirs.map(({ id }) => id)] });
}

/** The topic may have a record twice (its acknowledgement was lost). */
function withoutRepeats(attempts: readonly RecordedAttempt[]): RecordedAttempt[] {
  return [...new Map(attempts.map((attempt) => [attempt.id, attempt])).values()];
}

/**
 * No attempt of the same delivery can be older: the first one is not older than its event, near enough; of a later one
 * nothing is known.
 */
function earliestId({ attempt, event_timestamp, started_at }: RecordedAttempt): string {
  if (attempt > 1) return firstIdAt(0);
  const startedAt = Date.parse(started_at);
  const eventAt = Date.parse(event_timestamp);
  return firstIdAt((Number.isNaN(eventAt) ? 0 : Math.min(eventAt, startedAt)) - DAY_MS);
}

function least(ids: readonly string[]): string {
  return ids.reduce((smallest, id) => (id < smallest ? id : smallest));
}
