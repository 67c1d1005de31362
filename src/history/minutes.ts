/**
 * Counts attempts by the minute in which they ended, which is the time in their id. So a minute is whole as soon as all
 * results up to its end were read. Only the last hours are kept; what is read of earlier times is in no minute.
 */
import type { PoolClient } from 'pg';
import { timeOfId } from './day.ts';
import type { RecordedAttempt } from './read-attempt.ts';

export const MINUTE_MS = 60_000;
const MINUTES_KEPT_FOR = '3 hours';
/** The partition of the row that says since when minutes are counted. */
export const SINCE_PARTITION = -1;

const ADD = {
  name: 'history-minutes',
  text: `
  INSERT INTO attempt_minutes AS m (minute, partition, delivered, failed, exhausted)
  SELECT minute, $1::integer, delivered, failed, exhausted
  FROM json_to_recordset($2::json) AS a (minute timestamptz, delivered integer, failed integer, exhausted integer)
  WHERE minute > now() - interval '${MINUTES_KEPT_FOR}'
  ORDER BY minute
  ON CONFLICT (minute, partition) DO UPDATE SET
    delivered = m.delivered + excluded.delivered,
    failed = m.failed + excluded.failed,
    exhausted = m.exhausted + excluded.exhausted`,
};
const FORGET = `DELETE FROM attempt_minutes WHERE minute < now() - interval '${MINUTES_KEPT_FOR}'`;

type Counts = Record<RecordedAttempt['outcome'], number>;

/** @param partition of the results topic. */
export async function countMinutes(
  client: PoolClient,
  partition: number,
  attempts: readonly Pick<RecordedAttempt, 'id' | 'outcome'>[],
): Promise<void> {
  if (attempts.length === 0) return;
  await client.query({ ...ADD, values: [partition, JSON.stringify(byMinute(attempts))] });
}

export async function forgetMinutes(client: PoolClient): Promise<void> {
  await client.query(FORGET);
}

export function byMinute(
  attempts: readonly Pick<RecordedAttempt, 'id' | 'outcome'>[],
): (Counts & { minute: string })[] {
  const counts = new Map<number, Counts>();
  for (const { id, outcome } of attempts) {
    const minute = Math.floor(timeOfId(id) / MINUTE_MS) * MINUTE_MS;
    let count = counts.get(minute);
    if (!count) counts.set(minute, (count = { delivered: 0, failed: 0, exhausted: 0 }));
    count[outcome] += 1;
  }
  return [...counts].map(([minute, count]) => ({ minute: new Date(minute).toISOString(), ...count }));
}
