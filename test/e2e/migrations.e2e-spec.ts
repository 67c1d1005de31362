/** The schema: migrations agree with the entities, replicas may migrate together, and an unusable database is said. */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { afterEach, expect, inject, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { dataSourceOptions } from '../../src/database/data-source.ts';
import { ReceiverTrust1764400000000 } from '../../src/database/migrations/1764400000000-receiver-trust.ts';
import { LeaseInPlace1764500000000 } from '../../src/database/migrations/1764500000000-lease-in-place.ts';
import { WebhooksByTheThousand1764600000000 } from '../../src/database/migrations/1764600000000-webhooks-by-the-thousand.ts';
import { UrlsWithoutDot1765100000000 } from '../../src/database/migrations/1765100000000-urls-without-dot.ts';
import { MIGRATIONS } from '../../src/database/migrations/list.ts';
import { runMigrations } from '../../src/database/migrate.ts';
import { databaseFindings } from '../../src/doctor/database-checks.ts';
import { claimRows, findHeads } from '../../src/retries/claim-rows.ts';
import { WebhookEntity } from '../../src/webhooks/webhook.entity.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const databases: TestDatabase[] = [];

afterEach(async () => {
  await Promise.all(databases.splice(0).map((database) => database.drop()));
});

async function emptyDatabase(): Promise<string> {
  const database = await createDatabase();
  databases.push(database);
  return database.url;
}

async function withDataSource<Result>(
  url: string,
  work: (dataSource: DataSource) => Promise<Result>,
): Promise<Result> {
  const dataSource = new DataSource({ ...dataSourceOptions(url), entities: [WebhookEntity] });
  await dataSource.initialize();
  try {
    return await work(dataSource);
  } finally {
    await dataSource.destroy();
  }
}

/** That one too. */
async function undoBackTo(dataSource: DataSource, { name }: { name: string }): Promise<void> {
  const undone = MIGRATIONS.slice(MIGRATIONS.findIndex((migration) => migration.name === name));
  for (let left = undone.length; left > 0; left -= 1) await dataSource.undoLastMigration();
}

it('migrations agree with the entities', async () => {
  const url = await emptyDatabase();
  await runMigrations(url);
  const { upQueries } = await withDataSource(url, (dataSource) =>
    dataSource.driver.createSchemaBuilder().log(),
  );
  expect(upQueries.map(({ query }) => query)).toEqual([]);
});

it('npm run migrate brings the schema up to date with nothing but DATABASE_URL, and says what it did', async () => {
  const url = await emptyDatabase();
  const migrate = (databaseUrl: string): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, ['dist/migrate.js'], { env: { DATABASE_URL: databaseUrl } });
  const { stdout } = await migrate(url);
  for (const { name } of MIGRATIONS) expect(stdout).toContain(name);
  expect(await migrate(url)).toMatchObject({
    stdout: 'The schema is up to date. Migrations that were run: none.\n',
  });
  await expect(migrate('postgres://user:hunter2@127.0.0.1:1/none')).rejects.toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(
      /^The schema was not brought up to date: PostgreSQL at 127\.0\.0\.1:1 cannot be used \((?!.*hunter2).*\n$/,
    ) as string,
  });
});

it.each(['LATIN1', 'SQL_ASCII'])(
  'a database with the encoding %s took no delivery of a user whose name it cannot hold',
  async (encoding) => {
    const url = await emptyDatabase();
    const name = pg.escapeIdentifier(new URL(url).pathname.slice(1));
    await withClient(inject('databaseUrl'), async (client) => {
      await client.query(`DROP DATABASE ${name}`);
      await client.query(
        `CREATE DATABASE ${name} ENCODING '${encoding}' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0`,
      );
    });
    await expect(runMigrations(url)).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringMatching(
        new RegExp(`its database has the encoding ${encoding}, .*CREATE DATABASE … ENCODING 'UTF8'`),
      ) as string,
    });
    const findings = await databaseFindings(url, null);
    expect(findings).toContainEqual(expect.objectContaining({ check: 'encoding', state: 'fault' }));
  },
);

it('every migration can be taken back', async () => {
  const url = await emptyDatabase();
  await runMigrations(url);
  const left = await withDataSource(url, async (dataSource) => {
    for (let left = MIGRATIONS.length; left > 0; left -= 1) await dataSource.undoLastMigration();
    return dataSource.query<{ name: string }[]>(`
      SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
      UNION SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace`);
  });
  expect(left).toEqual([{ name: 'migrations' }]);
  expect(await runMigrations(url)).toHaveLength(MIGRATIONS.length);
});

it('URLs of webhooks get their one form, unless that makes two the same', async () => {
  const url = await emptyDatabase();
  await runMigrations(url);
  const urls = await withDataSource(url, async (dataSource) => {
    await undoBackTo(dataSource, ReceiverTrust1764400000000);
    await dataSource.query(
      `INSERT INTO webhooks (id, url, triggers, method)
       SELECT gen_random_uuid(), url, '{user_created}', 'GET' FROM unnest($1::text[]) AS url`,
      [['HTTPS://A.Example:443', 'https://b.example', 'https://b.example/', 'nonsense']],
    );
    await dataSource.runMigrations();
    return dataSource.query<{ url: string }[]>('SELECT url FROM webhooks ORDER BY url');
  });
  expect(urls.map((row) => row.url)).toEqual([
    'https://a.example/',
    'https://b.example',
    'https://b.example/',
    'nonsense',
  ]);
});

it('a dot at the end of a host is taken out of stored URLs, unless that makes two the same', async () => {
  const url = await emptyDatabase();
  await runMigrations(url);
  const urls = await withDataSource(url, async (dataSource) => {
    await undoBackTo(dataSource, UrlsWithoutDot1765100000000);
    const before = [
      'http://a.example./',
      'https://b.example.:8443/x./?q=y.',
      'https://c.example./',
      'https://c.example/',
      'https://d.example/x./',
      'https://e.example./?',
    ];
    await dataSource.query(
      `INSERT INTO webhooks (id, url, triggers, method)
       SELECT gen_random_uuid(), url, '{user_created}', 'GET' FROM unnest($1::text[]) AS url`,
      [before],
    );
    await dataSource.runMigrations();
    return dataSource.query<{ url: string }[]>('SELECT url FROM webhooks ORDER BY url COLLATE "C"');
  });
  expect(urls.map((row) => row.url)).toEqual([
    'http://a.example/',
    'https://b.example:8443/x./?q=y.',
    'https://c.example./',
    'https://c.example/',
    'https://d.example/x./',
    'https://e.example/?',
  ]);
});

it('a lease of the version before lasts to its end, and one of this version does when it is taken back', async () => {
  const url = await emptyDatabase();
  await runMigrations(url);
  const claimed = await withDataSource(url, async (dataSource) => {
    await undoBackTo(dataSource, LeaseInPlace1764500000000);
    await dataSource.query(`
      WITH webhook AS (
        INSERT INTO webhooks (id, url, triggers, method)
        VALUES (gen_random_uuid(), 'http://a.example/', '{user_created}', 'POST') RETURNING id
      )
      INSERT INTO retries (delivery_id, webhook_id, status, due_at, leased_by, attempts, event_id, event_type, event_timestamp, body)
      SELECT gen_random_uuid(), id, 'sending', now() + minutes * interval '1 minute', gen_random_uuid(), 0,
             CASE WHEN minutes > 0 THEN 'leased' ELSE 'lapsed' END, 'user_created', '', ''
      FROM webhook, unnest('{-1, 1}'::integer[]) minutes`);
    await dataSource.runMigrations();
    const [webhook] = await findHeads(dataSource.manager);
    const room = { places: new Map([[webhook?.webhookId ?? '', 10]]), bytes: 1_000 };
    const rows = await claimRows(dataSource.manager, room, { holder: randomUUID(), ms: 60_000 });
    await undoBackTo(dataSource, LeaseInPlace1764500000000);
    expect(await dataSource.query('SELECT 1 FROM retries WHERE due_at > now()')).toHaveLength(2);
    return rows.map(({ event }) => event.id);
  });
  expect(claimed).toEqual(['lapsed']);
});

it('replicas that start together migrate once', async () => {
  const url = await emptyDatabase();
  const ran = await Promise.all(Array.from({ length: 5 }, () => runMigrations(url)));
  expect(ran.flat()).toEqual(MIGRATIONS.map(({ name }) => name));
});

it('a database that is not there is one sentence with the address and without the password', async () => {
  await expect(runMigrations('postgres://user:pa55word@127.0.0.1:1/app')).rejects.toThrow(
    'PostgreSQL at 127.0.0.1:1 cannot be used (connect ECONNREFUSED 127.0.0.1:1): check DATABASE_URL and that PostgreSQL is running there',
  );
});

it('a database that refuses is one sentence with its reason', async () => {
  const url = new URL(await emptyDatabase());
  url.pathname = '/no_such_database';
  const refusal = await runMigrations(url.href).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ name: 'StartError' });
  expect(String(refusal)).toContain('database "no_such_database" does not exist');
  expect(String(refusal)).not.toContain(url.password);
});

it('any writer is noticed, also one with psql', async () => {
  const url = await emptyDatabase();
  await runMigrations(url);
  const listener = new pg.Client(url);
  const writer = new pg.Client(url);
  const heard: string[] = [];
  listener.on('notification', ({ channel }) => heard.push(channel));
  try {
    await Promise.all([listener.connect(), writer.connect()]);
    await listener.query('LISTEN webhooks_changed');
    const statements = [
      `INSERT INTO webhooks (id, url, triggers, method)
       VALUES (gen_random_uuid(), 'https://a.example/', '{user_created}', 'GET')`,
      `UPDATE webhooks SET enabled = false`,
      `DELETE FROM webhooks`,
      `TRUNCATE webhooks CASCADE`,
    ];
    for (const [index, statement] of statements.entries()) {
      await writer.query(statement);
      // A notification arrives before the answer to the listener's next query.
      await listener.query('SELECT 1');
      expect(heard).toHaveLength(index + 1);
    }
  } finally {
    await Promise.all([listener.end(), writer.end()]);
  }
});

it('word of a change names the webhooks, unless they are many, or it is the keys of the service', async () => {
  const url = await emptyDatabase();
  await runMigrations(url);
  const listener = new pg.Client(url);
  const writer = new pg.Client(url);
  let heard: string[] = [];
  listener.on('notification', ({ payload }) => heard.push(payload ?? 'none'));
  const ids = Array.from({ length: 101 }, () => randomUUID());
  const insert = `INSERT INTO webhooks (id, url, triggers, method)
    SELECT id, 'https://a.example/' || id, '{user_created}', 'GET' FROM unnest($1::uuid[]) id`;
  const [one = ''] = ids;
  try {
    await Promise.all([listener.connect(), writer.connect()]);
    await listener.query('LISTEN webhooks_changed');
    const steps: [string, unknown[], string[]][] = [
      [insert, [ids.slice(0, 100)], ids.slice(0, 100)],
      [insert, [ids.slice(100)], ids.slice(100)],
      ['UPDATE webhooks SET enabled = false WHERE id = $1', [one], [one]],
      ['UPDATE webhooks SET enabled = true WHERE url = $1', ['https://none.example/'], []],
      ['DELETE FROM webhooks WHERE id = $1', [one], [one]],
      [insert, [[one]], [one]],
      ['DELETE FROM webhooks', [], ['']],
      ['TRUNCATE webhooks CASCADE', [], ['']],
      ["INSERT INTO service_keys (name, private_key) VALUES ('a', '')", [], ['']],
    ];
    for (const [statement, parameters, told] of steps) {
      heard = [];
      await writer.query(statement, parameters);
      // A notification arrives before the answer to the listener's next query.
      await listener.query('SELECT 1');
      expect(heard.toSorted()).toEqual(told.toSorted());
    }
  } finally {
    await Promise.all([listener.end(), writer.end()]);
  }
});

it('rows that were left behind by deleted webhooks go when the migration that leaves them is taken back', async () => {
  const url = await emptyDatabase();
  await runMigrations(url);
  await withDataSource(url, async (dataSource) => {
    const rows = `INSERT INTO retries (delivery_id, webhook_id, status, due_at, attempts, event_id, event_type, event_timestamp, body)
      VALUES (gen_random_uuid(), $1, 'pending', now(), 0, '', 'user_created', '', '')`;
    await dataSource.query(rows, [randomUUID()]);
    await undoBackTo(dataSource, WebhooksByTheThousand1764600000000);
    expect(await dataSource.query('SELECT FROM retries')).toEqual([]);
    await expect(dataSource.query(rows, [randomUUID()])).rejects.toThrow('retries_webhook_fkey');
  });
});
