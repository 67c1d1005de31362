/** `npm run doctor` as a process, against real Kafka and PostgreSQL: what is wrong is said, and nothing is changed. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { freePort } from '../../dev/ports.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { runCommand } from '../support/run-command.ts';
import { ADMIN_TOKEN, SECRETS_KEY } from '../support/service.ts';
import { Stage } from '../support/stage.ts';

interface Finding {
  readonly check: string;
  readonly state: 'ok' | 'warning' | 'fault';
  readonly found: string;
  readonly to_do: string | null;
}
interface Examined {
  readonly code: number | null;
  readonly findings: readonly Finding[];
  readonly faults: readonly string[];
}

const PASSWORD = 'pa55word-of-doctor';

let stage: Stage;
let databases: TestDatabase[];

beforeAll(async () => {
  databases = [];
  stage = await Stage.set();
  // It makes the tables of the history, and stores a secret.
  const service = await stage.startService();
  await service.createWebhook({ url: stage.receiver.url() });
  await service.stop();
});

afterAll(async () => {
  await Promise.all(databases.map((database) => database.drop()));
  await stage.strike();
});

const environment = (more: Record<string, string> = {}): Record<string, string> => ({
  ...stage.topics.environment,
  DATABASE_URL: stage.database.url,
  ADMIN_TOKEN,
  SECRETS_KEY,
  ...more,
});

async function doctor(more: Record<string, string> = {}, ...args: string[]): Promise<Examined> {
  const given = environment(more);
  const { code, stdout, stderr } = await runCommand('doctor.js', ['--json', ...args], given);
  expect(stderr).toBe('');
  for (const secret of [ADMIN_TOKEN, SECRETS_KEY, PASSWORD]) expect(stdout).not.toContain(secret);
  const { ok, findings } = JSON.parse(stdout) as { ok: boolean; findings: Finding[] };
  const faults = findings.flatMap(({ state, check, found }) =>
    state === 'fault' ? [`${check}: ${found}`] : [],
  );
  expect([code, ok]).toEqual(faults.length === 0 ? [0, true] : [1, false]);
  return { code, findings, faults };
}

async function emptyDatabase(): Promise<string> {
  const database = await createDatabase();
  databases.push(database);
  return database.url;
}

const sql = <Row extends object>(url: string, statement: string): Promise<Row[]> =>
  withClient(url, async (client) => (await client.query<Row>(statement)).rows);

it('all that is well is said line by line, for people and for machines', async () => {
  const { code, findings, faults } = await doctor();
  expect(faults).toEqual([]);
  expect(code).toBe(0);
  const { events, deliveries, deadLetters, notices } = stage.topics;
  expect(findings.filter(({ state }) => state === 'ok').map(({ check }) => check)).toEqual([
    'settings',
    'Kafka',
    ...[events, deliveries, deadLetters, notices].map((topic) => `topic ${topic}`),
    'rights in Kafka',
    'clock of the records',
    'PostgreSQL',
    'schema',
    'rights in PostgreSQL',
    'days of the history',
    'keys of the secrets',
    'clock of PostgreSQL',
  ]);
  const lines = await runCommand('doctor.js', [], environment());
  expect(lines.code).toBe(0);
  expect(lines.stdout).toMatch(/^ok {7}settings .*all of them can be used$/m);
  expect(lines.stdout).toMatch(/^Faults: 0, warnings: \d+, ok: 14\.$/m);
});

describe('settings', () => {
  it('are all told at once, and what can be examined without them is examined', async () => {
    const { faults, findings } = await doctor({ SECRETS_KEY: 'short', KAFKA_BROKERS: '', PORT: 'x' });
    expect(faults.map((text) => text.split(' ').slice(0, 2).join(' '))).toEqual([
      'settings: PORT',
      'settings: KAFKA_BROKERS',
      'settings: SECRETS_KEY',
    ]);
    expect(findings.map(({ check }) => check)).toContain('schema');
    expect(findings.map(({ check }) => check)).not.toContain('Kafka');
  });
});

describe('Kafka', () => {
  it('without a topic is a fault, and the topic is not made', async () => {
    const missing = { USER_EVENTS_TOPIC: `${stage.topics.events}-missing` };
    expect((await doctor({ ...missing, CREATE_TOPICS: 'false' })).faults).toEqual([
      `topic ${missing.USER_EVENTS_TOPIC}: there is no such topic, for events`,
    ]);
    const { faults, findings } = await doctor({ ...missing, NOTICES_TOPIC: 'missing-notices' });
    expect(faults).toEqual([]);
    const [notices] = findings.filter(({ check }) => check === 'topic missing-notices');
    expect(notices).toMatchObject({ state: 'warning', found: 'there is no such topic, for notices' });
    expect(findings).toContainEqual(
      expect.objectContaining({ check: `topic ${missing.USER_EVENTS_TOPIC}`, state: 'warning' }),
    );
    const admin = stage.topics.kafka.admin();
    await admin.connect();
    const topics = await admin.listTopics();
    expect(topics).not.toContain(missing.USER_EVENTS_TOPIC);
    expect(topics).not.toContain('missing-notices');
    await admin.disconnect();
  });

  it('that is away is a fault, and the database is examined nevertheless', async () => {
    const { faults, findings } = await doctor({ KAFKA_BROKERS: `127.0.0.1:${await freePort()}` });
    expect(faults).toEqual([expect.stringContaining('Kafka: No Kafka broker could be used at 127.0.0.1:')]);
    expect(findings.map(({ check }) => check)).toContain('clock of PostgreSQL');
  });

  it('with an event of tomorrow is a warning', async () => {
    const producer = stage.topics.kafka.producer();
    await producer.connect();
    const timestamp = String(Date.now() + 3_600_000);
    await producer.send({ topic: stage.topics.events, messages: [{ value: '{}', partition: 3, timestamp }] });
    await producer.disconnect();
    const { findings } = await doctor();
    expect(findings.find(({ check }) => check === 'clock of the records')).toMatchObject({
      state: 'warning',
      found: `partitions of ${stage.topics.events} with records that are dated later than now: 3`,
    });
  });
});

describe('PostgreSQL', () => {
  it('without a migration is a warning, and nothing is migrated', async () => {
    const url = await emptyDatabase();
    const { faults, findings } = await doctor({ DATABASE_URL: url });
    expect(faults).toEqual([]);
    expect(findings.find(({ check }) => check === 'schema')).toMatchObject({
      state: 'warning',
      found: expect.stringContaining('CreateWebhooks1764000000000') as string,
      to_do: expect.stringContaining('npm run migrate') as string,
    });
    expect(await sql(url, "SELECT FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
  });

  it('whose user may neither write nor make tables is a fault', async () => {
    const url = await emptyDatabase();
    const migrated = await runCommand('migrate.js', [], { DATABASE_URL: url });
    expect(migrated.code).toBe(0);
    const role = `limited_${new URL(url).pathname.slice(-8)}`;
    await sql(url, `CREATE ROLE ${role} LOGIN PASSWORD '${PASSWORD}'`);
    await sql(url, `GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
    await sql(url, "DELETE FROM migrations WHERE name LIKE 'UrlsWithoutDot%'");
    const limited = new URL(url);
    limited.username = role;
    limited.password = PASSWORD;
    try {
      const { faults } = await doctor({ DATABASE_URL: limited.href });
      expect(faults).toEqual([
        'schema: migrations that have not run: 1, and this user may not create tables',
        expect.stringMatching(
          /^rights in PostgreSQL: .* may not .*DELETE retries, INSERT retries, UPDATE retries/,
        ),
        expect.stringContaining('days of the history: this user does not own'),
      ]);
    } finally {
      await sql(url, `DROP OWNED BY ${role}`);
      await sql(url, `DROP ROLE ${role}`);
    }
  });

  it('without the day of tomorrow is a fault', async () => {
    const [table] = await sql<{ name: string }>(
      stage.database.url,
      `SELECT format('attempts_failed_%s', to_char(now() AT TIME ZONE 'UTC' + interval '1 day', 'YYYY_MM_DD')) AS name`,
    );
    await sql(stage.database.url, `DROP TABLE ${table?.name ?? ''}`);
    expect((await doctor()).faults).toEqual([
      `days of the history: these tables are missing, and needed from midnight (UTC): ${table?.name ?? ''}`,
    ]);
  });

  it('with secrets of another key is a fault', async () => {
    const { faults } = await doctor({ SECRETS_KEY: Buffer.alloc(32, 'another').toString('base64') });
    expect(faults).toContainEqual(
      expect.stringContaining('keys of the secrets: Secrets in the database are encrypted with the key'),
    );
  });

  it('that is away is a fault', async () => {
    const url = `postgres://doctor:${PASSWORD}@127.0.0.1:${await freePort()}/none`;
    const { faults } = await doctor({ DATABASE_URL: url });
    expect(faults).toContainEqual(
      expect.stringMatching(/^PostgreSQL: .*cannot be used \(.*ECONNREFUSED.*\)/),
    );
  });
});

describe('a receiver', () => {
  const ALLOWED = { ALLOWED_SUBNETS: '127.0.0.0/8' };

  it('that is reached is well, and gets no delivery', async () => {
    const { findings } = await doctor(ALLOWED, '--url', `${stage.receiver.url('/hook')}?key=${PASSWORD}`);
    expect(findings.at(-1)).toMatchObject({
      check: 'receiver',
      state: 'ok',
      found: expect.stringContaining('answers 200 to HEAD') as string,
    });
    expect(stage.receiver.requests.map(({ method, body }) => [method, body])).toEqual([['HEAD', '']]);
  });

  it('that no webhook may have, or that refuses, is a fault', async () => {
    const refused = await doctor({}, '--url', stage.receiver.url());
    expect(refused.faults).toContainEqual(
      expect.stringContaining(
        'receiver: the URL must not point to the private or reserved address 127.0.0.1',
      ),
    );
    const away = await doctor(ALLOWED, '--url', `http://127.0.0.1:${await freePort()}/`);
    expect(away.faults).toContainEqual(expect.stringContaining('cannot be reached (connection_refused)'));
  });
});

it('it ends although everything is silent', async () => {
  const sockets = new Set<Socket>();
  const silent: Server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const place = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  try {
    const { faults } = await doctor(
      {
        KAFKA_BROKERS: place,
        DATABASE_URL: `postgres://doctor:${PASSWORD}@${place}/none`,
        ALLOWED_SUBNETS: '127.0.0.0/8',
        REQUEST_TIMEOUT: '1s',
      },
      '--url',
      `http://${place}/`,
    );
    expect(faults.map((text) => text.split(':')[0])).toEqual(['Kafka', 'PostgreSQL', 'receiver']);
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
});
