/** The statements of `src/catch-up/` and `src/retries/revive-rows.ts` do what the model test takes them to do. */
import { randomUUID } from 'node:crypto';
import { DataSource } from 'typeorm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CursorChange } from '../../src/catch-up/cursor-store.ts';
import { CursorTable } from '../../src/catch-up/cursor-table.ts';
import { ReplayTable, type NewReplay } from '../../src/catch-up/replay-table.ts';
import { dataSourceOptions } from '../../src/database/data-source.ts';
import { runMigrations } from '../../src/database/migrate.ts';
import { promoteNext } from '../../src/retries/finish-rows.ts';
import { reviveRows } from '../../src/retries/revive-rows.ts';
import { WebhookStarts } from '../../src/webhooks/webhook-starts.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
let dataSource: DataSource;
let cursors: CursorTable;
let replays: ReplayTable;
let webhookId: string;
const claim = { partition: 0, token: randomUUID() };

beforeEach(async () => {
  database = await createDatabase();
  await runMigrations(database.url);
  dataSource = await new DataSource(dataSourceOptions(database.url)).initialize();
  const places = new Map([[0, { committed: 7, low: 0, high: 100 }]]);
  cursors = new CursorTable(dataSource, { ask: () => Promise.resolve(places) });
  replays = new ReplayTable(dataSource);
  webhookId = randomUUID();
  await dataSource.query(
    `INSERT INTO webhooks (id, url, triggers, method) VALUES ($1, 'http://a/', '{user_created}', 'POST')`,
    [webhookId],
  );
});

afterEach(async () => {
  await dataSource.destroy();
  await database.drop();
});

const NEW: NewReplay = {
  ...{ kind: 'replay', webhookId: '', from: new Date(0), to: new Date(), triggers: null, username: null },
  ...{
    eventId: null,
    deliveryId: null,
    attemptsBefore: 0,
    mode: 'all',
    dryRun: false,
    total: 10,
    matched: 0,
    logBeginsAt: null,
  },
  ...{ warnings: [], createdBy: 'admin' },
};

function progress(id: string, next: number, values: Partial<CursorChange> = {}): CursorChange {
  const none = { since: null, leavesReplay: false, replayId: null };
  return {
    ...none,
    claim,
    id,
    kind: 'progress',
    next,
    position: 20,
    matched: 3,
    expired: 0,
    done: false,
    ...values,
  } as CursorChange;
}

function create(id: string, next: number): CursorChange {
  return { claim, id, kind: 'create', webhookId, next, position: next };
}

describe('the cursors of a partition', () => {
  it('are written under the claim of its owner alone', async () => {
    expect(await cursors.claim(claim)).toEqual({
      cursors: [],
      begins: 7,
      before: { givenUp: 0, read: 100 },
    });
    const id = randomUUID();
    expect(await cursors.write([create(id, 5)])).toEqual({ written: new Set([id]), lost: new Set() });
    const [cursor] = await cursors.list([0]);
    expect(cursor).toMatchObject({ id, webhookId, next: 5, end: null, liveBefore: 5, replay: null });
    const other = { partition: 0, token: randomUUID() };
    await cursors.claim(other);
    expect(await cursors.write([progress(id, 9)])).toEqual({ written: new Set(), lost: new Set([0]) });
    expect(await cursors.write([{ ...progress(id, 9), claim: other }])).toMatchObject({
      written: new Set([id]),
    });
    expect((await cursors.list([0]))[0]?.next).toBe(9);
  });

  it('are one per webhook without an end, and none of a webhook that is gone', async () => {
    await cursors.claim(claim);
    const [first, second] = [randomUUID(), randomUUID()];
    await cursors.write([create(first, 5)]);
    expect((await cursors.write([create(second, 6)])).written).toEqual(new Set());
    expect((await cursors.write([progress(first, 8, { done: true })])).written).toEqual(new Set([first]));
    expect(await cursors.list([0])).toEqual([]);
    expect((await cursors.write([create(second, 6)])).written).toEqual(new Set([second]));
    await dataSource.query('DELETE FROM webhooks');
    expect(await cursors.list([0])).toEqual([]);
    expect((await cursors.write([create(first, 6)])).written).toEqual(new Set());
  });
});

describe('a replay', () => {
  it('is done when all its cursors are, with what they have counted', async () => {
    const stretches = [0, 1].map((partition) => ({ partition, from: 10, end: 20 }));
    const id = await dataSource.transaction((manager) =>
      replays.insert(manager, { ...NEW, webhookId, triggers: ['user_created'] }, stretches),
    );
    await cursors.claim(claim);
    const other = { partition: 1, token: randomUUID() };
    await cursors.claim(other);
    const [first, second] = await cursors.list([0, 1]);
    if (!first || !second) throw new Error('no cursors');
    expect(first.replay).toMatchObject({ id, kind: 'replay', triggers: ['user_created'], stopping: false });
    await cursors.write([progress(first.id, 20, { done: true, replayId: id })]);
    expect(await replays.read(id)).toMatchObject({ status: 'running', read: 10, matched: 3, delivered: 3 });
    await cursors.write([{ ...progress(second.id, 20, { done: true, replayId: id }), claim: other }]);
    expect(await replays.read(id)).toMatchObject({ status: 'done', read: 20, matched: 6, delivered: 6 });
    expect(await replays.list({ webhookId, status: 'done', before: null, limit: 5 })).toHaveLength(1);
    expect(await replays.stop(dataSource.manager, id)).toBeNull();
  });

  it('of a webhook that is deleted has failed', async () => {
    const id = await dataSource.transaction((manager) =>
      replays.insert(manager, { ...NEW, webhookId }, [{ partition: 0, from: 1, end: 2 }]),
    );
    await dataSource.query('DELETE FROM webhooks');
    expect(await replays.read(id)).toMatchObject({
      status: 'failed',
      warnings: [{ code: 'webhook_deleted' }],
    });
  });
});

describe('a webhook that starts from the log', () => {
  it('has a cursor for each partition, which a resume or a new start replaces', async () => {
    const starts = new WebhookStarts();
    const places = [0, 1].map((partition) => ({ partition, offset: 3, end: 9 }));
    await starts.begin(dataSource.manager, webhookId, 'admin', { from: 'earliest', places });
    await cursors.claim(claim);
    expect((await cursors.list([0, 1])).map(({ next, liveBefore }) => [next, liveBefore])).toEqual([
      [3, 0],
      [3, 0],
    ]);
    const [state] = await dataSource.query<{ status: string }[]>('SELECT status FROM webhook_states');
    expect(state?.status).toBe('catching_up');
    await starts.drop(dataSource.manager, webhookId);
    expect(await cursors.list([0, 1])).toEqual([]);
    await cursors.write([create(randomUUID(), 4)]);
    await starts.resume(dataSource.manager, webhookId, 'admin');
    const [resumed] = await cursors.list([0]);
    expect(resumed?.replay).toMatchObject({ kind: 'resume' });
    expect(
      (await replays.list({ webhookId, status: null, before: null, limit: 5 })).map(({ kind, status }) => [
        kind,
        status,
      ]),
    ).toEqual([
      ['resume', 'running'],
      ['start_from', 'stopped'],
    ]);
  });
});

describe('rows that were given up', () => {
  async function row(status: string, key: string, partition: number | null, attempts = 2): Promise<string> {
    const id = randomUUID();
    await dataSource.query(
      `INSERT INTO retries (delivery_id, webhook_id, order_key, status, due_at, attempts, event_id, event_type,
         event_timestamp, body, source_topic, source_partition, source_offset)
       VALUES ($1, $2, md5($3)::uuid, $4, now(), $5, 'e', 'user_created', '2026-11-24T10:00:00Z', '{}', 't', $6, 1)`,
      [id, webhookId, key, status, attempts, partition],
    );
    return id;
  }

  it('come back in the order of each user, behind what waits already, those of a partition that is gone too', async () => {
    const [ann1, ann2, bob, cid, dead] = [
      await row('dead', 'ann', 0),
      await row('dead', 'ann', 0),
      await row('dead', 'bob', 0),
      await row('dead', 'cid', 9),
      await row('dead', 'dan', 1),
    ];
    const waiting = await row('pending', 'bob', 0);
    const rows = { webhookId, from: 0, end: 1_000, partition: 0, othersThan: [0, 1], deliveryId: null };
    const replayId = randomUUID();
    const wanted = { ...rows, givenUp: { from: null, to: null }, replayId };
    const first = await reviveRows(dataSource.manager, wanted, 2);
    expect(first).toHaveLength(2);
    const more = await reviveRows(dataSource.manager, wanted, 100);
    expect(more).toHaveLength(2);
    await promoteNext(dataSource.manager, [...first, ...more]);
    const found = await dataSource.query<Record<string, unknown>[]>(
      'SELECT delivery_id, status, attempts_before, reason, replay_id FROM retries',
    );
    const status = new Map(found.map((one) => [one['delivery_id'], one['status']]));
    expect([ann1, ann2, bob, cid, dead, waiting].map((id) => status.get(id))).toEqual([
      ...['pending', 'waiting', 'waiting', 'pending', 'dead', 'pending'],
    ]);
    expect(found.find((one) => one['delivery_id'] === ann1)).toMatchObject({
      attempts_before: 2,
      reason: 'resend',
      replay_id: replayId,
    });
  });

  it('are looked for where the log is read again: only those whose offset nobody has committed', async () => {
    const other = { partition: 1, token: randomUUID() };
    await row('dead', 'ann', 0);
    await dataSource.query('UPDATE retries SET source_offset = 6');
    expect((await cursors.claim(claim)).before.givenUp).toBe(0);
    await row('pending', 'bob', 0);
    await dataSource.query("UPDATE retries SET source_offset = 20 WHERE status = 'pending'");
    expect((await cursors.claim(claim)).before.givenUp).toBe(0);
    await dataSource.query("UPDATE retries SET source_offset = 8 WHERE status = 'dead'");
    expect((await cursors.claim(claim)).before.givenUp).toBe(9);
    expect((await cursors.claim(other)).before.givenUp).toBe(0);
    // Of a topic that was made anew, the log ends before it.
    await dataSource.query("UPDATE retries SET source_offset = 100 WHERE status = 'dead'");
    expect((await cursors.claim(claim)).before.givenUp).toBe(0);
  });

  it('or wait, and are taken over by a later replay, count in both by what they are now: they counted as delivered', async () => {
    const wish = { ...NEW, webhookId, matched: 2 };
    const [first, second, third] = await dataSource.transaction(async (manager) => [
      await replays.insert(manager, wish, []),
      await replays.insert(manager, wish, []),
      await replays.insert(manager, wish, []),
    ]);
    const [dead, waiting] = [await row('dead', 'ann', 0), await row('waiting', 'bob', 0)];
    const belongTo = (id: string | undefined): Promise<unknown> =>
      dataSource.query('UPDATE retries SET replay_id = $1', [id]);
    const seen = async (id: string | undefined): Promise<number[]> => {
      const { delivered, failed, exhausted } = (await replays.read(id ?? '')) ?? {};
      return [delivered ?? NaN, failed ?? NaN, exhausted ?? NaN];
    };
    for (const id of [first, second, first, second, third]) await belongTo(id);
    for (const id of [first, second, third]) expect(await seen(id)).toEqual([0, 1, 1]);
    await dataSource.query(
      "UPDATE retries SET status = 'pending', attempts_before = attempts, replay_id = NULL WHERE delivery_id = $1",
      [dead],
    );
    expect(await seen(first)).toEqual([0, 1, 0]);
    await dataSource.query('DELETE FROM retries WHERE delivery_id = $1', [waiting]);
    for (const id of [first, second, third]) expect(await seen(id)).toEqual([1, 0, 0]);
    await dataSource.query('DELETE FROM retries');
    for (const id of [first, second, third]) expect(await seen(id)).toEqual([2, 0, 0]);
  });
});
