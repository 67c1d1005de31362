/**
 * Fills the history of a database with attempts that look like those of a month: `DATABASE_URL=… node bench/seed-history.ts
 * [--attempts 10000000] [--days 30] [--webhooks 100] [--users 100000]`. The rows are made by PostgreSQL itself, a part of a
 * day at a time, as they would be had they been read from the results topic. Of a hundred deliveries 96 succeed at once, 3
 * at the second attempt, and 1 is given up after the second.
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { DAY_MS, dayOf } from '../src/history/day.ts';
import { makeTables, PARENTS, tableOf } from '../src/history/days.ts';

const { values } = parseArgs({
  options: {
    attempts: { type: 'string', default: '10000000' },
    days: { type: 'string', default: '30' },
    webhooks: { type: 'string', default: '100' },
    users: { type: 'string', default: '100000' },
  },
});
/** 1.04 attempts a delivery. */
const deliveries = Math.round(Number(values.attempts) / 1.04);
const days = Number(values.days);
const LOT = 50_000;

/** A delivery: when its first attempt ended, and what becomes of it. Webhooks are unequal: a tenth has half of it all. */
const DELIVERIES = `
  CREATE TEMP TABLE lot AS
  SELECT n, $1::timestamptz + n * $2::float8 * interval '1 millisecond' AS at,
         md5('webhook' || CASE WHEN n % 2 = 0 THEN n % ($4::integer / 10 + 1) ELSE n % $4 END)::uuid AS webhook_id,
         'user' || (n * 7919) % $5::integer AS username, md5('delivery' || $1 || n)::uuid AS delivery_id,
         'evt_' || md5($1::text || n) AS event_id,
         (ARRAY['user_created', 'user_modified', 'user_deleted', 'user_keys'])[1 + n % 4] AS event_type,
         CASE WHEN n % 100 < 96 THEN 'once' WHEN n % 100 < 99 THEN 'twice' ELSE 'given up' END AS kind,
         (5 + 200 * random() * random())::integer AS duration_ms
  FROM generate_series(1, $3::bigint) AS n`;

const id = (at: string): string =>
  `(lpad(to_hex((extract(epoch FROM ${at}) * 1000)::bigint), 12, '0') || '7' || substr(md5(random()::text), 1, 3) || '8' || substr(md5(random()::text), 1, 15))::uuid`;

const attempts = (which: string, at: string, attempt: number, outcome: string): string => `
  INSERT INTO attempts (
    id, delivered, attempt, delivery_id, webhook_id, started_at, next_attempt_at, source_offset, source_partition,
    duration_ms, status_code, event_id, event_type, event_timestamp, webhook_url, method, reason, outcome, error_code,
    error_message, response_body, source_topic, username)
  SELECT ${id(at)}, ${outcome} = 'delivered', ${attempt}, delivery_id, webhook_id,
         ${at} - duration_ms * interval '1 millisecond', NULL, n, n % 8, duration_ms,
         CASE WHEN ${outcome} = 'delivered' THEN 200 ELSE 503 END, event_id, event_type, to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
         'https://hooks.example.com/users/' || n % 100, 'POST', CASE WHEN ${attempt} = 1 THEN 'event' ELSE 'retry' END, ${outcome},
         CASE WHEN ${outcome} <> 'delivered' THEN 'http_status' END,
         CASE WHEN ${outcome} <> 'delivered' THEN 'the receiver answered 503' END, '{"ok":true}', 'user-events', username
  FROM lot WHERE ${which}`;

const STATES = `
  INSERT INTO delivery_states (
    delivery_id, webhook_id, latest_id, created_at, last_attempt_at, source_offset, source_partition, attempt_count,
    attempt, duration_ms, status_code, status, event_id, event_type, event_timestamp, error_code, source_topic, username)
  SELECT delivery_id, webhook_id, ${id("at + interval '5 seconds'")}, at - duration_ms * interval '1 millisecond',
         at + interval '5 seconds', n, n % 8, 2, 2, duration_ms, CASE WHEN kind = 'twice' THEN 200 ELSE 503 END,
         CASE WHEN kind = 'twice' THEN 'delivered' ELSE 'exhausted' END, event_id, event_type,
         to_char(at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), CASE WHEN kind <> 'twice' THEN 'http_status' END, 'user-events', username
  FROM lot WHERE kind <> 'once'`;

async function seedLot(client: pg.Client, from: number, everyMs: number, count: number): Promise<void> {
  await client.query('BEGIN');
  await client.query(DELIVERIES, [
    new Date(from),
    everyMs,
    count,
    Number(values.webhooks),
    Number(values.users),
  ]);
  await client.query(attempts("kind = 'once'", 'at', 1, "'delivered'"));
  await client.query(attempts("kind <> 'once'", 'at', 1, "'failed'"));
  const second = "at + interval '5 seconds'";
  await client.query(attempts("kind = 'twice'", second, 2, "'delivered'"));
  await client.query(attempts("kind = 'given up'", second, 2, "'exhausted'"));
  await client.query(STATES);
  await client.query('DROP TABLE lot');
  await client.query('COMMIT');
}

const pool = new pg.Pool({ connectionString: process.env['DATABASE_URL'], max: 1 });
const client = await pool.connect();
await client.query('SET synchronous_commit = off');
const today = dayOf(Date.now());
const wanted = Array.from({ length: days + 2 }, (_, ago) => today + DAY_MS - ago * DAY_MS);
await makeTables(
  client,
  new Map(wanted.flatMap((day) => PARENTS.map((parent) => [tableOf(parent, day), { parent, day }]))),
);
const ofDay = Math.ceil(deliveries / days);
const everyMs = (DAY_MS - 60_000) / ofDay;
const startedAt = performance.now();
for (let day = today - days * DAY_MS; day < today; day += DAY_MS) {
  for (let done = 0; done < ofDay; done += LOT) {
    await seedLot(client, day + done * everyMs, everyMs, Math.min(LOT, ofDay - done));
  }
}
await client.query('ANALYZE attempts');
await client.query('ANALYZE delivery_states');
client.release();
await pool.end();
const seconds = Math.round((performance.now() - startedAt) / 1_000);
process.stdout.write(`${ofDay * days} deliveries in ${days} days, in ${seconds} s\n`);
