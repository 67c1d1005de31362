/** What the other rooms get from the webhooks: the enabled ones, one by its id, and a sign of every change. */
import { DataSource } from 'typeorm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { AuditLog } from '../../src/audit/audit-log.ts';
import { dataSourceOptions } from '../../src/database/data-source.ts';
import { runMigrations } from '../../src/database/migrate.ts';
import { SYSTEM } from '../../src/model/actor.ts';
import type { Webhook } from '../../src/model/webhook.ts';
import { SecretBox } from '../../src/secrets/secret-box.ts';
import { ServiceKey } from '../../src/secrets/service-key.ts';
import { StoredSecrets } from '../../src/secrets/stored-secrets.ts';
import { readSettings, type Settings } from '../../src/settings.ts';
import { WebhookChanges } from '../../src/webhooks/webhook-changes.ts';
import { WebhookEntity } from '../../src/webhooks/webhook.entity.ts';
import { WebhookLoader } from '../../src/webhooks/webhook-loader.ts';
import { WebhookStarts } from '../../src/webhooks/webhook-starts.ts';
import { WebhooksService } from '../../src/webhooks/webhooks.service.ts';
import { KnownWebhooks } from '../../src/matching/known-webhooks.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const UNKNOWN = '019ab000-0000-7000-8000-000000000001';

let database: TestDatabase;
let dataSource: DataSource;
let changes: WebhookChanges;
let webhooks: WebhooksService;
let loader: WebhookLoader;

beforeAll(async () => {
  database = await createDatabase();
  await runMigrations(database.url);
  dataSource = new DataSource({ ...dataSourceOptions(database.url), entities: [WebhookEntity] });
  await dataSource.initialize();
});

const settingsWith = (environment: Record<string, string>): Settings =>
  readSettings({
    DATABASE_URL: database.url,
    KAFKA_BROKERS: 'localhost:9092',
    SECRETS_KEY: Buffer.alloc(32).toString('base64'),
    ADMIN_TOKEN: 'admin-token-0123456789',
    ...environment,
  });

function serviceWith(settings: Settings): WebhooksService {
  const rows = dataSource.getRepository(WebhookEntity);
  const box = new SecretBox(settings.SECRETS_KEY);
  return new WebhooksService(settings, rows, changes, new WebhookStarts(), new AuditLog(dataSource), box);
}

beforeEach(async () => {
  await dataSource.query('DELETE FROM webhooks');
  const settings = settingsWith({});
  changes = new WebhookChanges();
  const box = new SecretBox(settings.SECRETS_KEY);
  const rows = dataSource.getRepository(WebhookEntity);
  webhooks = serviceWith(settings);
  loader = new WebhookLoader(rows, box, new StoredSecrets(dataSource, box), new ServiceKey(dataSource, box));
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

const make = async (path: string, values: object = {}): Promise<string> => {
  const body = { url: `https://a.example/${path}`, triggers: ['user_keys'], ...values };
  return (await webhooks.create(SYSTEM, body)).row.id;
};

/** All that are enabled. */
async function loadEnabled(): Promise<Webhook[]> {
  const ids = (await loader.stamps(null, 100)).map(({ id }) => id);
  const { changed } = await loader.news(ids, new Map());
  return changed.flatMap(({ loaded }) => (loaded === null || 'fault' in loaded ? [] : [loaded]));
}

describe('the webhooks for the pipeline', () => {
  it('are the enabled ones in the order of creation, with their secrets', async () => {
    const first = await make('first', { secret_token: 's3cret', timeout_ms: 500, headers: { 'X-A': '1' } });
    await make('disabled', { enabled: false });
    const last = await make('last', { ordering: 'none', method: 'PUT', max_in_flight: 3 });
    const loaded = await loadEnabled();
    expect(loaded.map(({ id }) => id)).toEqual([first, last]);
    expect(loaded[0]).toEqual({
      id: first,
      url: 'https://a.example/first',
      secretToken: 's3cret',
      signingSecrets: [
        { secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) as string, expiresAt: null },
      ],
      ed25519Key: null,
      triggers: ['user_keys'],
      enabled: true,
      method: 'GET',
      ordering: 'per_user',
      headers: { 'X-A': '1' },
      caCertificates: null,
      timeoutMs: 500,
      maxInFlight: null,
      rateLimitPerSecond: null,
      retryScheduleMs: null,
      paused: false,
    });
  });

  it('are found by id, disabled or not', async () => {
    const id = await make('disabled', { enabled: false });
    expect(await loader.load(id)).toMatchObject({ id, enabled: false });
    await expect(loader.load(UNKNOWN)).rejects.toMatchObject({ code: 'not_found' });
    await expect(loader.load('nonsense')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('news of webhooks', () => {
  it('are of those that are others than was known, or gone; nothing else is opened', async () => {
    const [same, changed, disabled, gone] = [
      await make('a'),
      await make('b'),
      await make('c'),
      await make('d'),
    ];
    const known = new Map((await loader.stamps(null, 100)).map(({ id, stamp }) => [id, stamp]));
    await webhooks.patch(SYSTEM, changed, undefined, { description: 'x' });
    await webhooks.patch(SYSTEM, disabled, undefined, { enabled: false });
    await webhooks.remove(SYSTEM, gone, undefined);
    const opened = vi.spyOn(SecretBox.prototype, 'open');
    const news = await loader.news([same, changed, disabled, gone], known);
    expect(opened).toHaveBeenCalledTimes(1);
    expect(news.changed.map(({ id, loaded }) => [id, loaded !== null])).toEqual([
      [changed, true],
      [disabled, false],
    ]);
    expect(news.gone).toEqual([gone]);
    opened.mockRestore();
  });

  it('come from every page of the table, and fingerprint and stamps say the same', async () => {
    const made = [await make('a'), await make('b', { enabled: false }), await make('c')];
    const known = new KnownWebhooks();
    for (let after: string | null = null; ;) {
      const page = await loader.stamps(after, 2);
      known.take(
        await loader.news(
          page.map(({ id }) => id),
          known.stamps,
        ),
      );
      after = page.at(-1)?.id ?? null;
      if (page.length < 2) break;
    }
    expect([...known.stamps.keys()]).toEqual(made);
    expect(known.fingerprint).toBe(await loader.fingerprint());
    await webhooks.remove(SYSTEM, made[0] ?? '', undefined);
    known.take(await loader.news(made, known.stamps));
    expect(known.fingerprint).toBe(await loader.fingerprint());
  });
});

describe('a change', () => {
  it('shows in the fingerprint, whoever made it', async () => {
    const seen = [await loader.fingerprint()];
    const id = await make('a');
    seen.push(await loader.fingerprint());
    await webhooks.patch(SYSTEM, id, undefined, { enabled: false });
    seen.push(await loader.fingerprint());
    await dataSource.query('UPDATE webhooks SET url = url');
    seen.push(await loader.fingerprint());
    await webhooks.rotateSigningSecret(SYSTEM, id);
    seen.push(await loader.fingerprint());
    await dataSource.query(`INSERT INTO service_keys (name, private_key) VALUES ('a', '')`);
    seen.push(await loader.fingerprint());
    await dataSource.query(`
      WITH gone AS (DELETE FROM webhooks)
      INSERT INTO webhooks (id, url, triggers, method)
      VALUES (gen_random_uuid(), 'https://b.example/', '{user_keys}', 'GET')`);
    seen.push(await loader.fingerprint());
    expect(new Set(seen).size).toBe(seen.length);
    expect(await loader.fingerprint()).toBe(seen.at(-1));
    await dataSource.query('DELETE FROM service_keys');
  });

  it('is announced once it can be read by others, and before the caller has an answer', async () => {
    const urls: string[][] = [];
    changes.onChange(async () => {
      urls.push((await loadEnabled()).map(({ url }) => url));
    });
    const id = await make('a');
    await webhooks.patch(SYSTEM, id, undefined, { url: 'https://a.example/b' });
    await webhooks.remove(SYSTEM, id, undefined);
    expect(urls).toEqual([['https://a.example/a'], ['https://a.example/b'], []]);
  });

  it('that is refused is not announced', async () => {
    const id = await make('a');
    let announced = 0;
    changes.onChange(() => {
      announced += 1;
      return Promise.resolve();
    });
    await expect(webhooks.patch(SYSTEM, id, '"7"', {})).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    await expect(make('a')).rejects.toMatchObject({ code: 'duplicate_url' });
    await expect(webhooks.remove(SYSTEM, UNKNOWN, undefined)).rejects.toMatchObject({ code: 'not_found' });
    expect(announced).toBe(0);
  });

  it('that changes nothing leaves the version as it was', async () => {
    const id = await make('a');
    expect(await webhooks.patch(SYSTEM, id, undefined, { enabled: true })).toMatchObject({
      row: { version: 1 },
    });
  });
});

describe('what waits for a webhook', () => {
  it.each([
    [3, 3, 3],
    [100, 100, 100],
    [999, 999, 100],
    [1_500, 1_000, 100],
  ])('is counted to a limit: %d rows are read as %d, and listed as %d', async (rows, read, listed) => {
    const id = await make('a');
    await dataSource.query(
      `INSERT INTO retries (delivery_id, webhook_id, status, due_at, attempts, event_id, event_type, event_timestamp, body)
       SELECT gen_random_uuid(), $1, status, now(), 1, n::text, 'user_created', '', ''
       FROM generate_series(1, $2::integer) n, unnest('{pending,dead}'::text[]) status`,
      [id, rows],
    );
    expect((await webhooks.read(id)).state).toEqual({
      status: 'healthy',
      failingSince: null,
      behind: null,
      pendingCount: read,
    });
    expect((await webhooks.list({})).data).toMatchObject([{ id, pending_count: listed }]);
  });
});

describe('a patch that does not name the URL', () => {
  it('is not refused for it, though ALLOWED_SUBNETS has been narrowed since', async () => {
    const url = 'http://10.1.2.3/hooks';
    const generous = serviceWith(settingsWith({ ALLOWED_SUBNETS: '10.0.0.0/8' }));
    const { row } = await generous.create(SYSTEM, { url, triggers: ['user_keys'] });
    expect(await webhooks.patch(SYSTEM, row.id, undefined, { enabled: false })).toMatchObject({
      row: { enabled: false, url },
    });
    for (const refused of [
      webhooks.patch(SYSTEM, row.id, undefined, { enabled: true, url }),
      webhooks.replace(SYSTEM, row.id, undefined, { url, triggers: ['user_keys'] }),
    ]) {
      await expect(refused).rejects.toMatchObject({ code: 'validation_failed', errors: [{ field: 'url' }] });
    }
  });

  it('leaves another spelling of the URL as it is, though a webhook has the usual one', async () => {
    await make('odd');
    const id = await make('other');
    const url = 'HTTPS://A.example:443/odd';
    await dataSource.query('UPDATE webhooks SET url = $2 WHERE id = $1', [id, url]);
    expect(await webhooks.patch(SYSTEM, id, undefined, { description: 'x' })).toMatchObject({
      row: { description: 'x', url },
    });
    await expect(webhooks.patch(SYSTEM, id, undefined, { url })).rejects.toMatchObject({
      code: 'duplicate_url',
    });
  });
});
