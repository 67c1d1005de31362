/** Statements on the table of retries beside others that work on the same rows, and over more rows than one lot. */
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { dataSourceOptions } from '../../src/database/data-source.ts';
import { runMigrations } from '../../src/database/migrate.ts';
import { releaseRows } from '../../src/retries/release-rows.ts';
import { storeRows } from '../../src/retries/store-rows.ts';
import type { NewRow } from '../../src/retries/stored-delivery.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

const WEBHOOK = '019ab000-0000-7000-8000-000000000001';
const LEASE = { holder: randomUUID(), ms: 30_000 };

let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createDatabase();
  await runMigrations(database.url);
  dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
});

beforeEach(async () => {
  await dataSource.query('DELETE FROM webhooks');
  await dataSource.query(
    `INSERT INTO webhooks (id, url, triggers, method) VALUES ($1, 'http://a.example/', '{user_created}', 'POST')`,
    [WEBHOOK],
  );
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

function row(orderKey: string | null): NewRow {
  const event = {
    id: randomUUID(),
    idScope: '',
    type: 'user_created' as const,
    timestamp: '2026-11-25T10:00:00Z',
    body: Buffer.from('{}'),
    trace: null,
    source: null,
  };
  const delivery = { deliveryId: randomUUID(), webhookId: WEBHOOK, orderKey, attempts: 0, event };
  return { delivery, as: 'pending', delayMs: 3_600_000 };
}

async function count(condition: string): Promise<number> {
  const [found] = await dataSource.query<{ count: number }[]>(
    `SELECT count(*)::integer AS count FROM retries WHERE ${condition}`,
  );
  return found?.count ?? NaN;
}

const store = (...rows: NewRow[]): Promise<string[]> =>
  dataSource.transaction((manager) => storeRows(manager, rows, LEASE));

describe('storing a delivery', () => {
  it('waits for who deletes its webhook, holding nothing: the two locked each other out', async () => {
    await store(row('jdoe'));
    await withClient(database.url, async (deleting) => {
      await deleting.query('BEGIN');
      await deleting.query('SELECT 1 FROM webhooks WHERE id = $1 FOR UPDATE', [WEBHOOK]);
      const storing = store(row('jdoe'));
      await eventually(async () => {
        const blocked = await dataSource.query<unknown[]>(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        expect(blocked).toHaveLength(1);
      });
      // With the row of jdoe locked by who stores, this would wait for it, and Postgres would end one of the two.
      await deleting.query('DELETE FROM webhooks WHERE id = $1', [WEBHOOK]);
      await deleting.query('COMMIT');
      await storing;
    });
    expect(await count('true')).toBe(0);
  });
});

describe('releasing a backlog', () => {
  it('of more than one lot makes all of it due, lot by lot, and what was scheduled since keeps its time', async () => {
    const backlog = 2_500;
    await store(...Array.from({ length: backlog }, () => row(null)));
    await dataSource.query('UPDATE webhooks SET enabled = false');
    await dataSource.query('UPDATE webhooks SET enabled = true');
    await store(row(null));
    const dueAfterEach: number[] = [];
    for (let lot = 0; lot < 4; lot += 1) {
      await releaseRows(dataSource.manager);
      dueAfterEach.push(await count('due_at <= now()'));
    }
    expect(dueAfterEach).toEqual([1_000, 2_000, 2_500, 2_500]);
    expect(await dataSource.query('SELECT 1 FROM webhook_releases')).toEqual([]);
    expect(await count('due_at > now()')).toBe(1);
  });
});
