/** The webhooks in memory: what is loaded for a change, what stays as it was, and every way in which a change is noticed. */
import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi, type Mock } from 'vitest';
import { AuditLog } from '../../src/audit/audit-log.ts';
import { readSettings } from '../../src/settings.ts';
import { dataSourceOptions } from '../../src/database/data-source.ts';
import { runMigrations } from '../../src/database/migrate.ts';
import type { WebhookChange } from '../../src/matching/known-webhooks.ts';
import { MatchingService } from '../../src/matching/matching.service.ts';
import { SYSTEM } from '../../src/model/actor.ts';
import { SecretBox } from '../../src/secrets/secret-box.ts';
import { ServiceKey } from '../../src/secrets/service-key.ts';
import { StoredSecrets } from '../../src/secrets/stored-secrets.ts';
import { WebhookChanges } from '../../src/webhooks/webhook-changes.ts';
import { WebhookEntity } from '../../src/webhooks/webhook.entity.ts';
import { WebhookLoader } from '../../src/webhooks/webhook-loader.ts';
import { WebhookStarts } from '../../src/webhooks/webhook-starts.ts';
import { WebhooksService } from '../../src/webhooks/webhooks.service.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';

let database: TestDatabase;
let dataSource: DataSource;
let proxy: TcpProxy;
let webhooks: WebhooksService;
let loader: WebhookLoader;
let matching: MatchingService;
let changed: WebhookChange[][];
let news: Mock<WebhookLoader['news']>;
/** The periodic check, which here only comes when it is called. */
let check: () => void;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createDatabase();
  await runMigrations(database.url);
  dataSource = new DataSource({ ...dataSourceOptions(database.url), entities: [WebhookEntity] });
  await dataSource.initialize();
});

beforeEach(async () => {
  await dataSource.query('ALTER TABLE webhooks ENABLE TRIGGER USER');
  await dataSource.query('DELETE FROM webhooks');
  await dataSource.query('DELETE FROM service_keys');
  const { hostname, port } = new URL(database.url);
  proxy = await TcpProxy.to({ host: hostname, port: Number(port) });
  const listenerUrl = new URL(database.url);
  listenerUrl.port = String(proxy.port);
  const settings = readSettings({
    DATABASE_URL: listenerUrl.href,
    KAFKA_BROKERS: 'localhost:9092',
    SECRETS_KEY: Buffer.alloc(32).toString('base64'),
    ADMIN_TOKEN: 'admin-token-0123456789',
  });
  const rows = dataSource.getRepository(WebhookEntity);
  const box = new SecretBox(settings.SECRETS_KEY);
  const changes = new WebhookChanges();
  loader = new WebhookLoader(rows, box, new StoredSecrets(dataSource, box), new ServiceKey(dataSource, box));
  webhooks = new WebhooksService(settings, rows, changes, new WebhookStarts(), new AuditLog(dataSource), box);
  matching = new MatchingService(loader, changes, settings);
  changed = [];
  matching.onChanged((lot) => changed.push([...lot]));
  const interval = vi.spyOn(globalThis, 'setInterval').mockImplementation((callback) => {
    check = callback;
    return setTimeout(() => undefined);
  });
  const fingerprint = vi.spyOn(loader, 'fingerprint');
  await matching.start();
  interval.mockRestore();
  await eventually(() => {
    // At start, and when the listener was connected.
    expect(fingerprint.mock.settledResults.map(({ type }) => type)).toEqual(['fulfilled', 'fulfilled']);
  });
  news = vi.spyOn(loader, 'news');
});

afterEach(async () => {
  vi.restoreAllMocks();
  await matching.stop();
  await proxy.close();
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const make = async (path: string, values: object = {}): Promise<string> => {
  const body = { url: `https://a.example/${path}`, triggers: ['user_keys'], ...values };
  return (await webhooks.create(SYSTEM, body)).row.id;
};

const matched = (): string[] => matching.index.match('user_keys').map(({ id }) => id);

const INSERT = `
  INSERT INTO webhooks (id, url, triggers, method) SELECT id, 'https://b.example/' || id, '{user_keys}', 'GET'
  FROM unnest($1::uuid[]) id`;

/** As a person with psql does. @returns their ids. */
async function insert(count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await dataSource.query(INSERT, [ids]);
  return ids;
}

/** No notification tells of it. */
async function insertUnnoticed(): Promise<string> {
  await dataSource.query('ALTER TABLE webhooks DISABLE TRIGGER USER');
  const [id = ''] = await insert(1);
  return id;
}

async function untilMatched(...ids: string[]): Promise<void> {
  await eventually(() => {
    expect(matched()).toEqual(expect.arrayContaining(ids));
  });
}

describe('a change of this process', () => {
  it('is loaded alone and opened once: its own notification opens nothing again', async () => {
    const opened = vi.spyOn(SecretBox.prototype, 'open');
    const [id, other] = [await make('a'), await make('b')];
    for (const timeout_ms of [200, 300, 400]) await webhooks.patch(SYSTEM, id, undefined, { timeout_ms });
    await webhooks.remove(SYSTEM, id, undefined);
    // A change of another connection is heard of after all those before it.
    await dataSource.query('UPDATE webhooks SET timeout_ms = 7 WHERE id = $1', [other]);
    await eventually(() => {
      expect(matching.index.find(other)?.timeoutMs).toBe(7);
    });
    const sealed = opened.mock.calls.map(([, place]) => place.id);
    expect(sealed).toEqual([id, other, id, id, id, other]);
    expect(new Set(news.mock.calls.map(([ids]) => ids.length))).toEqual(new Set([1]));
  });

  it('takes in all that others have written before it', async () => {
    const id = await make('a');
    const others = await insert(3);
    await webhooks.patch(SYSTEM, id, undefined, { timeout_ms: 500 });
    expect(matched()).toEqual(expect.arrayContaining(others));
  });

  it('leaves every other webhook the same object, and the changed one too where nothing that is delivered changes', async () => {
    const [id, other] = [await make('a'), await make('b')];
    const before = [matching.index.find(id), matching.index.find(other)];
    await webhooks.patch(SYSTEM, id, undefined, { description: 'for people' });
    expect([matching.index.find(id), matching.index.find(other)]).toEqual(before);
    expect(matching.index.find(id)).toBe(before[0]);
    await webhooks.patch(SYSTEM, id, undefined, { timeout_ms: 500 });
    expect(matching.index.find(id)).toMatchObject({ timeoutMs: 500 });
    expect(matching.index.find(other)).toBe(before[1]);
  });

  it('is told with what was before', async () => {
    const id = await make('a');
    await webhooks.patch(SYSTEM, id, undefined, { url: 'https://a.example/new' });
    await webhooks.patch(SYSTEM, id, undefined, { enabled: false });
    await webhooks.patch(SYSTEM, id, undefined, { description: 'still disabled' });
    const told = changed.flat().map((one) => [one.id, one.before?.url ?? null, one.after?.url ?? null]);
    expect(told).toEqual([
      [id, null, 'https://a.example/a'],
      [id, 'https://a.example/a', 'https://a.example/new'],
      [id, 'https://a.example/new', null],
    ]);
  });

  it('is saved and comes into use later when it cannot be loaded at once; readiness says so meanwhile', async () => {
    news.mockRejectedValueOnce(new Error('away'));
    const id = await make('a');
    expect(matching.trouble).toBe('the webhooks in memory may be out of date');
    check();
    await untilMatched(id);
    await eventually(() => {
      expect(matching.trouble).toBeNull();
    });
  });
});

describe('a change that somebody else made', () => {
  it('is noticed when one statement changes more webhooks than are named', async () => {
    const ids = await insert(250);
    await untilMatched(...ids);
    expect(Math.max(...news.mock.calls.map(([lot]) => lot.length))).toBeLessThanOrEqual(100);
    await dataSource.query('DELETE FROM webhooks');
    await eventually(() => {
      expect(matched()).toEqual([]);
    });
  });

  it.each(['', 'nonsense', randomUUID().slice(1)])(
    'is noticed when the notification names none, as of the version before: "%s"',
    async (payload) => {
      const id = await insertUnnoticed();
      await dataSource.query(`SELECT pg_notify('webhooks_changed', $1)`, [payload]);
      await untilMatched(id);
    },
  );

  it('is found by the periodic check when no notification told of it, as is what was deleted or disabled', async () => {
    const [deleted, disabled, stays] = [await make('a'), await make('b'), await make('c')];
    const before = matching.index.find(stays);
    const id = await insertUnnoticed();
    await dataSource.query('DELETE FROM webhooks WHERE id = $1', [deleted]);
    await dataSource.query('UPDATE webhooks SET enabled = false WHERE id = $1', [disabled]);
    expect(matched()).toEqual([deleted, disabled, stays]);
    check();
    await eventually(() => {
      expect(matched().toSorted()).toEqual([stays, id].toSorted());
    });
    expect(matching.index.find(stays)).toBe(before);
  });

  it('is a new key of the service: who signs with it has the new one', async () => {
    const id = await make('a', { ed25519_signature: true });
    const before = matching.index.find(id)?.ed25519Key;
    await dataSource.query('DELETE FROM service_keys');
    await eventually(() => {
      expect(matching.index.find(id)?.ed25519Key).toEqual(expect.stringMatching(/^whsk_/));
      expect(matching.index.find(id)?.ed25519Key).not.toBe(before);
    });
  });
});

it('a listening connection that is silent without having ended is found by the next change or check, and replaced', async () => {
  const id = await make('a');
  proxy.loseConnections();
  await webhooks.patch(SYSTEM, id, undefined, { timeout_ms: 500 });
  expect(matching.index.find(id)).toMatchObject({ timeoutMs: 500 });
  await untilMatched(...(await insert(1)));
});
