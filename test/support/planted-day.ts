/** A day of attempts of a webhook, as the history would have counted them: with a bad hour, quiet ones and unknown ones. */
import { withClient } from '../../dev/embedded-postgres.ts';
import { BUCKETS, bucketOf } from '../../src/history/durations.ts';
import { ERROR_CODES } from '../../src/model/attempt.ts';
import { eventually } from './eventually.ts';

const KNOWN_HOURS = 20;

const COUNTS = `
  INSERT INTO attempt_counts (webhook_id, hour, delivered, failed, exhausted, error_codes, durations)
  SELECT $1, date_trunc('hour', now()) - ago * interval '1 hour', delivered, failed, 0, $5, duration
  FROM json_to_recordset($2::json) AS day (ago integer, delivered integer, failed integer, duration integer[])
  WHERE ago BETWEEN $3 AND $4`;
const MINUTES = `
  INSERT INTO attempt_minutes (minute, partition, delivered, failed, exhausted)
  SELECT date_trunc('minute', now()) - ago * interval '1 minute', 0, 40 + ago * 37 % 23 + ago % 7,
    CASE WHEN ago BETWEEN 21 AND 24 THEN 34 - ago WHEN ago = 6 THEN 1 ELSE 0 END, 0
  FROM generate_series(2, 60) ago
  ON CONFLICT DO NOTHING`;
const MINUTES_SINCE = "UPDATE attempt_minutes SET minute = now() - interval '2 hours' WHERE partition = -1";
const KNOWN = `UPDATE history_positions SET first_read_at = now() - $1 * interval '1 hour' RETURNING partition`;

export async function plantDay(databaseUrl: string, webhookId: string): Promise<void> {
  const day = Array.from({ length: 24 }, (_, ago) => {
    const delivered = ago % 9 === 4 || ago === 11 ? 0 : 40 + ((ago * 37) % 90);
    const failed = { 11: 62, 12: 31, 3: 2 }[ago] ?? 0;
    const duration = Array.from({ length: BUCKETS }, () => 0);
    for (const [ms, share] of [
      [25 + ((ago * 7) % 20), 90],
      [110 + ((ago * 31) % 90), 7],
      [ago === 12 ? 4_000 : 420, 3],
    ] as const)
      duration[bucketOf(ms)] = Math.round(((delivered + failed) * share) / 100);
    return { ago, delivered, failed, duration };
  }).filter(({ delivered, failed }) => delivered + failed > 0);
  await withClient(databaseUrl, async (client) => {
    const noErrors = Object.keys(ERROR_CODES).map(() => 0);
    await client.query(COUNTS, [webhookId, JSON.stringify(day), 1, KNOWN_HOURS - 1, noErrors]);
    await client.query(MINUTES);
    await client.query(MINUTES_SINCE);
    // Its reader begins a moment after the service.
    await eventually(async () => {
      const { rowCount } = await client.query(KNOWN, [KNOWN_HOURS]);
      if (rowCount === 0) throw new Error('the history has no position yet');
    });
  });
}
