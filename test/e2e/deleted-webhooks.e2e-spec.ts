/** A webhook is deleted at once, whatever waits for it and beside it; what waited goes in lots, and nobody waits for that. */
import { createHash, randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import type { Client } from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { dataSourceOptions } from '../../src/database/data-source.ts';
import { runMigrations } from '../../src/database/migrate.ts';
import { claimRows } from '../../src/retries/claim-rows.ts';
import { DELETE_DEAD, DELETE_LIVE, FIND_ORPHANS, findOrphans } from '../../src/retries/orphan-rows.ts';
import { OrphanSweep } from '../../src/retries/orphan-sweep.ts';
import { storeRows } from '../../src/retries/store-rows.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

/** Enough for a planner that may read the table to do so. */
const MANY = 50_000;
/** That a deletion takes along, of those that live and of those that were given up. */
const AT_ONCE = 1_000;

const LEASE = { holder: randomUUID(), ms: 30_000 };

let database: TestDatabase;
let dataSource: DataSource;
let full: string;
let other: string;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createDatabase();
  await runMigrations(database.url);
  dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
});

beforeEach(async () => {
  await dataSource.query('TRUNCATE webhooks, retries CASCADE');
  [full, other] = [await make(), await make()];
  await fill(full, MANY);
  await fill(other, 2);
  await dataSource.query('VACUUM ANALYZE retries');
});

afterEach(() => {
  vi.restoreAllMocks();
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

async function make(): Promise<string> {
  const id = randomUUID();
  await dataSource.query(
    `INSERT INTO webhooks (id, url, triggers, method) VALUES ($1::uuid, 'http://a.example/' || $1::uuid, '{user_created}', 'POST')`,
    [id],
  );
  return id;
}

/** As many that live, and as many that were given up. */
async function fill(webhookId: string, rows: number): Promise<void> {
  await dataSource.query(
    `INSERT INTO retries (delivery_id, webhook_id, order_key, status, due_at, attempts, event_id, event_type, event_timestamp, body)
     SELECT gen_random_uuid(), $1, md5((n % 1000)::text)::uuid, status, now(), 1, n::text, 'user_created', '', '\\x7b7d'
     FROM generate_series(1, $2::integer) n, unnest('{waiting,dead}'::text[]) status`,
    [webhookId, rows],
  );
}

async function count(webhookId: string): Promise<number> {
  const [found] = await dataSource.query<{ count: number }[]>(
    'SELECT count(*)::integer AS count FROM retries WHERE webhook_id = $1',
    [webhookId],
  );
  return found?.count ?? NaN;
}

const remove = (id: string): Promise<unknown> => dataSource.query('DELETE FROM webhooks WHERE id = $1', [id]);

/** Whether this session has read all of the table, and how many of its rows it has touched, within its transaction. */
async function reads(client: Client): Promise<{ scans: number; rows: number }> {
  const { rows } = await client.query<{ scans: number; rows: number }>(`
    SELECT seq_scan::integer AS scans, (coalesce(idx_tup_fetch, 0) + seq_tup_read)::integer AS rows
    FROM pg_stat_xact_user_tables WHERE relname = 'retries'`);
  return rows[0] ?? { scans: NaN, rows: NaN };
}

it('an empty webhook beside many rows is deleted without a look at them, however often it is done', async () => {
  const empty = await Promise.all(Array.from({ length: 12 }, () => make()));
  await withClient(database.url, async (client) => {
    await client.query('BEGIN');
    // From the sixth on a plan may be kept that knows nothing of the webhook.
    for (const id of empty) await client.query('DELETE FROM webhooks WHERE id = $1', [id]);
    expect(await reads(client)).toEqual({ scans: 0, rows: 0 });
    await client.query('COMMIT');
  });
});

it('a webhook with many rows takes some along, and the others go in lots; those of other webhooks stay', async () => {
  await remove(full);
  expect(await count(full)).toBe(2 * (MANY - AT_ONCE));
  expect(await findOrphans(dataSource.manager)).toEqual([full]);

  const tick = vi.spyOn(globalThis, 'setInterval').mockImplementation(() => setTimeout(() => undefined));
  const sweep = new OrphanSweep(dataSource);
  sweep.start();
  const [sweepNow] = tick.mock.calls[0] ?? [];
  tick.mockRestore();
  sweepNow?.();
  await eventually(async () => {
    expect(await count(full)).toBe(0);
  });
  sweep.stop();
  expect(await findOrphans(dataSource.manager)).toEqual([]);
  expect(await count(other)).toBe(4);
});

it('a row that somebody works at holds no deletion up', async () => {
  await withClient(database.url, async (working) => {
    await working.query('BEGIN');
    await working.query('SELECT FROM retries WHERE webhook_id = $1 FOR UPDATE', [other]);
    await remove(other);
    await working.query('COMMIT');
  });
  expect(await count(other)).toBe(4);
  expect(await findOrphans(dataSource.manager)).toEqual([other]);
});

it('nothing is stored for it or claimed any more, while its rows are still there', async () => {
  await dataSource.query("UPDATE retries SET status = 'pending' WHERE webhook_id = $1 AND order_key = $2", [
    full,
    createHash('md5').update('999').digest('hex'),
  ]);
  const claim = async (): Promise<number> =>
    (await claimRows(dataSource.manager, { places: new Map([[full, 10]]), bytes: 1_000_000 }, LEASE)).length;
  expect(await claim()).toBe(10);
  await remove(full);
  expect(await count(full)).toBeGreaterThan(0);
  expect(await claim()).toBe(0);
  const event = {
    id: 'e',
    messageId: 'e',
    type: 'user_created' as const,
    timestamp: '',
    trace: null,
    username: 'jdoe',
    source: null,
  };
  const delivery = {
    webhookId: full,
    orderKey: null,
    attempts: 0,
    reason: 'event' as const,
    event: { ...event, body: Buffer.from('{}') },
  };
  const before = await count(full);
  await dataSource.transaction((manager) =>
    storeRows(manager, [{ delivery: { ...delivery, id: randomUUID() }, as: 'pending', delayMs: 0 }], LEASE),
  );
  expect(await count(full)).toBe(before);
});

it.each([
  ['finding what is left of deleted webhooks', FIND_ORPHANS, () => []],
  ['deleting what lives', DELETE_LIVE, () => [full, 100]],
  ['deleting what was given up', DELETE_DEAD, () => [full, 100]],
])('%s does not read the table', async (_, statement, parameters) => {
  await withClient(database.url, async (client) => {
    await client.query('BEGIN');
    await client.query(statement, parameters());
    const { scans, rows } = await reads(client);
    expect(scans).toBe(0);
    expect(rows).toBeLessThan(1_000);
    await client.query('ROLLBACK');
  });
});
