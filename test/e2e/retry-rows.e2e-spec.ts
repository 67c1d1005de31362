/** Statements on the table of retries beside others that work on the same rows, and over more rows than one lot. */
import { randomUUID } from 'node:crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { dataSourceOptions } from '../../src/database/data-source.ts';
import { runMigrations } from '../../src/database/migrate.ts';
import type { Delivery } from '../../src/model/delivery.ts';
import { claimRows, renewLeases } from '../../src/retries/claim-rows.ts';
import { findLive, LiveRows } from '../../src/retries/live-rows.ts';
import { releaseRows } from '../../src/retries/release-rows.ts';
import { storeRows } from '../../src/retries/store-rows.ts';
import type { NewRow } from '../../src/retries/row.ts';
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

function row(orderKey: string | null, values: Partial<Pick<NewRow, 'as' | 'delayMs'>> = {}): NewRow {
  const id = randomUUID();
  const event = {
    id,
    messageId: id,
    type: 'user_created' as const,
    timestamp: '2026-11-25T10:00:00Z',
    body: Buffer.from('{}'),
    trace: null,
    username: 'jdoe',
    source: null,
  };
  const delivery = {
    id: randomUUID(),
    webhookId: WEBHOOK,
    orderKey,
    attempts: 0,
    reason: 'event' as const,
    attemptsBefore: 0,
    replayId: null,
    event,
  };
  return { delivery, as: 'pending', delayMs: 3_600_000, ...values };
}

async function count(condition: string): Promise<number> {
  const [found] = await dataSource.query<{ count: number }[]>(
    `SELECT count(*)::integer AS count FROM retries WHERE ${condition}`,
  );
  return found?.count ?? NaN;
}

const store = (...rows: NewRow[]): Promise<string[]> =>
  dataSource.transaction((manager) => storeRows(manager, rows, LEASE));

/** @returns the ids of the deliveries. */
async function claim(places = 10, bytes = 1_000_000): Promise<string[]> {
  const room = { places: new Map([[WEBHOOK, places]]), bytes };
  const claimed = await claimRows(dataSource.manager, room, LEASE);
  return claimed.map(({ id }) => id);
}

it('a user name that PostgreSQL cannot hold: its row was tried for ever, and no other was stored', async () => {
  for (const username of ['\0', 'a\0b', '\ud800', '\ufffd', 'x'.repeat(1_000_000)]) {
    const odd = row('odd', { delayMs: 0 });
    const event = { ...odd.delivery.event, username, body: Buffer.from(JSON.stringify({ username })) };
    await store({ ...odd, delivery: { ...odd.delivery, event } });
    const room = { places: new Map([[WEBHOOK, 1]]), bytes: 1_000_000 };
    const [claimed] = await claimRows(dataSource.manager, room, LEASE);
    expect(claimed?.event.username).toBe(username);
    await dataSource.query('DELETE FROM retries');
  }
});

describe('whether a delivery may be sent at once', () => {
  const later = row('jdoe').delivery;
  const isFree = (liveRows: LiveRows, delivery: Delivery): Promise<boolean> =>
    new Promise((resolve) => {
      liveRows.ask(delivery, (mayBeLive) => {
        resolve(!mayBeLive);
      });
    });
  const ofTable = (): LiveRows => new LiveRows((some) => findLive(dataSource, some), setImmediate);

  it.each(['pending', 'sending', 'waiting', 'dead'] as const)('behind one that is %s', async (status) => {
    await store(row('jdoe'), row('asmith'));
    await dataSource.query(
      `UPDATE retries SET status = $1, leased_until = CASE $1 WHEN 'sending' THEN now() END,
        leased_by = CASE $1 WHEN 'sending' THEN gen_random_uuid() END`,
      [status],
    );
    expect(await isFree(ofTable(), later)).toBe(status === 'dead');
    expect(await isFree(ofTable(), row('somebody else').delivery)).toBe(true);
    expect(await isFree(ofTable(), row(null).delivery)).toBe(true);
  });

  it('when it has a row of its own, without an order key as well', async () => {
    const stored = row(null);
    await store(stored);
    expect(await isFree(ofTable(), stored.delivery)).toBe(false);
    await dataSource.query("UPDATE retries SET status = 'dead'");
    expect(await isFree(ofTable(), stored.delivery)).toBe(true);
  });

  it('while one of its user is to be written, until all of these are', async () => {
    const liveRows = ofTable();
    liveRows.storing(row('jdoe').delivery);
    liveRows.storing(row('jdoe').delivery);
    expect(await isFree(liveRows, row('asmith').delivery)).toBe(true);
    expect(await isFree(liveRows, later)).toBe(false);
    liveRows.stored(row('jdoe').delivery);
    expect(await isFree(liveRows, later)).toBe(false);
    liveRows.stored(row('jdoe').delivery);
    expect(await isFree(liveRows, later)).toBe(true);
  });

  it('is not known while PostgreSQL does not answer, and is when it does', async () => {
    let away = true;
    const liveRows = new LiveRows(
      (some) => (away ? Promise.reject(new Error('away')) : findLive(dataSource, some)),
      setImmediate,
    );
    expect(await isFree(liveRows, later)).toBe(false);
    away = false;
    expect(await isFree(liveRows, later)).toBe(true);
    expect(liveRows.open).toBe(0);
  });
});

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

  it.each([
    ['offer', 'pending', 'pending'],
    ['dead', 'pending', 'pending'],
    ['pending', 'dead', 'pending'],
  ] as const)('twice in one lot, as %s and as %s, is stored once, as %s', async (first, second, stored) => {
    const once = row('jdoe', { as: first });
    await store(once, { ...once, as: second });
    expect([await count('true'), await count(`status = '${stored}'`)]).toEqual([1, 1]);
  });
});

/** Rows updated so far by this connection, and how many of them in their page, with no index written. */
async function updates(manager: EntityManager): Promise<{ all: number; heapOnly: number }> {
  const [counts] = await manager.query<{ all: number; heapOnly: number }[]>(`
    SELECT pg_stat_get_xact_tuples_updated('retries'::regclass)::integer AS "all",
           pg_stat_get_xact_tuples_hot_updated('retries'::regclass)::integer AS "heapOnly"`);
  return counts ?? { all: NaN, heapOnly: NaN };
}

describe('claiming', () => {
  it('takes rows until their bytes are enough, of each webhook in turn: a thousand of 950 KB ended the process', async () => {
    const other = '019ab000-0000-7000-8000-000000000002';
    await dataSource.query(
      `INSERT INTO webhooks (id, url, triggers, method) VALUES ($1, 'http://b.example/', '{user_created}', 'POST')`,
      [other],
    );
    const due = (webhookId: string, body: Buffer): NewRow => {
      const made = row(null, { delayMs: 0 });
      const { delivery } = made;
      return { ...made, delivery: { ...delivery, webhookId, event: { ...delivery.event, body } } };
    };
    const large = Buffer.alloc(100_000, 'x');
    await store(...Array.from({ length: 20 }, () => due(WEBHOOK, large)), due(other, large));
    const places = new Map([
      [WEBHOOK, 20],
      [other, 20],
    ]);
    const claimOf = async (bytes: number): Promise<string[]> =>
      (await claimRows(dataSource.manager, { places, bytes }, LEASE)).map(({ webhookId }) => webhookId);
    const claimed = await claimOf(250_000);
    expect(claimed.sort()).toEqual([WEBHOOK, WEBHOOK, other]);
    // However large it is, one is taken where there is any room.
    expect(await claimOf(1)).toEqual([WEBHOOK]);
    expect(await claimOf(0)).toEqual([]);
    expect(await claimOf(10_000_000)).toHaveLength(17);
  });
});

describe('leasing', () => {
  it('keeps a row from being claimed again until the lease has run out', async () => {
    const due = row(null, { delayMs: 0 });
    const underWay = row(null, { as: 'sending', delayMs: 0 });
    await store(due, underWay);
    expect(await claim()).toEqual([due.delivery.id]);
    expect(await claim()).toEqual([]);
    await dataSource.query('UPDATE retries SET leased_until = now()');
    expect(await claim()).toEqual([due.delivery.id, underWay.delivery.id]);
  });

  it('writes no index: claims and renewals cost more, and left more to vacuum, with every row that was due', async () => {
    await store(row(null, { delayMs: 0 }));
    await dataSource.transaction(async (manager) => {
      const before = await updates(manager);
      const [claimed] = await claimRows(manager, { places: new Map([[WEBHOOK, 1]]), bytes: 1_000 }, LEASE);
      await renewLeases(manager, [claimed?.id ?? ''], LEASE);
      const after = await updates(manager);
      expect([after.all - before.all, after.heapOnly - before.heapOnly]).toEqual([2, 2]);
    });
  });

  it('and being sent are the same thing, whoever writes', async () => {
    await store(row(null));
    await expect(dataSource.query("UPDATE retries SET status = 'sending'")).rejects.toThrow(
      'retries_lease_check',
    );
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
