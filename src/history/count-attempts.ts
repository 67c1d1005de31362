/** Counts attempts by webhook and hour. */
import type { PoolClient } from 'pg';
import { ERROR_CODES } from '../model/attempt.ts';
import { BUCKETS, bucketOf } from './durations.ts';
import type { RecordedAttempt } from './read-attempt.ts';

/** The place of each code in `error_codes`. A new code goes to the end of the table of codes. */
export const COUNTED_CODES = Object.keys(ERROR_CODES) as (keyof typeof ERROR_CODES)[];

const ADD = {
  name: 'history-count',
  text: `
  INSERT INTO attempt_counts AS c (webhook_id, hour, delivered, failed, exhausted, error_codes, durations)
  SELECT webhook_id, hour, delivered, failed, exhausted, error_codes, durations
  FROM json_to_recordset($1::json) AS a (
    webhook_id uuid, hour timestamptz, delivered integer, failed integer, exhausted integer,
    error_codes integer[], durations integer[])
  ORDER BY webhook_id, hour
  ON CONFLICT (webhook_id, hour) DO UPDATE SET
    delivered = c.delivered + excluded.delivered,
    failed = c.failed + excluded.failed,
    exhausted = c.exhausted + excluded.exhausted,
    error_codes = add_counts(c.error_codes, excluded.error_codes),
    durations = add_counts(c.durations, excluded.durations)`,
};

interface Counts {
  readonly webhook_id: string;
  readonly hour: string;
  delivered: number;
  failed: number;
  exhausted: number;
  readonly error_codes: number[];
  readonly durations: number[];
}

export async function countAttempts(client: PoolClient, attempts: readonly RecordedAttempt[]): Promise<void> {
  if (attempts.length === 0) return;
  await client.query({ ...ADD, values: [JSON.stringify(addedUp(attempts))] });
}

function addedUp(attempts: readonly RecordedAttempt[]): Counts[] {
  const counts = new Map<string, Counts>();
  for (const { webhook_id, started_at, outcome, error_code, duration_ms } of attempts) {
    const hour = `${started_at.slice(0, 13)}:00:00Z`;
    const key = `${webhook_id}${hour}`;
    let count = counts.get(key);
    if (!count) counts.set(key, (count = none(webhook_id, hour)));
    count[outcome] += 1;
    add(count.durations, bucketOf(duration_ms));
    if (error_code !== null) add(count.error_codes, COUNTED_CODES.indexOf(error_code));
  }
  return [...counts.values()];
}

function none(webhook_id: string, hour: string): Counts {
  const zeros = (length: number): number[] => Array.from({ length }, () => 0);
  return {
    webhook_id,
    hour,
    delivered: 0,
    failed: 0,
    exhausted: 0,
    error_codes: zeros(COUNTED_CODES.length),
    durations: zeros(BUCKETS),
  };
}

function add(counts: number[], place: number): void {
  counts[place] = (counts[place] ?? 0) + 1;
}
