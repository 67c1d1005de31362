/** PostgreSQL over TLS: the whole service uses it, and a connection that cannot be made is one sentence that says why. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { Authority, PemFiles } from '../support/certificates.ts';
import { startTestPostgres } from '../support/embedded-services.ts';
import { eventually } from '../support/eventually.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

let server: Awaited<ReturnType<typeof startTestPostgres>>;
let stage: Stage;
const files = new PemFiles();
let ca: string;
let otherCa: string;
let client: { sslcert: string; sslkey: string };

beforeAll(async () => {
  const [authority, other] = await Promise.all([Authority.make('database'), Authority.make('other')]);
  ca = files.write('ca', authority.cert);
  otherCa = files.write('other-ca', other.cert);
  const { cert, key } = await authority.issue({ name: 'with_certificate' });
  client = { sslcert: files.write('client', cert), sslkey: files.write('client-key', key) };
  server = await startTestPostgres({
    tls: {
      ...(await authority.issue({ name: 'database', hosts: ['127.0.0.1'] })),
      ca: authority.cert,
      hba: 'hostssl all postgres all scram-sha-256\nhostssl all with_certificate all cert\n',
    },
  });
  stage = await Stage.set({}, { databaseServer: server.url });
});

afterAll(async () => {
  await stage.strike();
  await server.close();
  files.remove();
});

/** The database of the stage, with these parameters. */
function url(parameters: Record<string, string>, change: (url: URL) => void = () => undefined): string {
  const changed = new URL(stage.database.url);
  changed.search = new URLSearchParams(parameters).toString();
  change(changed);
  return changed.href;
}

/** Whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
async function refusal(databaseUrl: string): Promise<string> {
  const unchecked = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' };
  const service = stage.spawnService({ ...unchecked, DATABASE_URL: databaseUrl });
  expect(await service.ended()).toEqual({ code: 1, signal: null });
  expect(service.stderr).not.toMatch(/^\s+at |Warning/m);
  expect(service.stderr).not.toContain('postgres:postgres');
  return service.stderr.trim();
}

async function deliverOneEvent(databaseUrl: string): Promise<void> {
  const service = await stage.startService({ DATABASE_URL: databaseUrl });
  const path = `/${service.process.pid ?? 0}`;
  await service.createWebhook({ url: stage.receiver.url(path) });
  await stage.topics.produce(userEvent('jdoe'));
  await eventually(() => {
    expect(stage.receiver.of(path)).toHaveLength(1);
  });
  const { rows } = await withClient(stage.database.url, (admin) =>
    admin.query<{ application: string; ssl: boolean }>(`
      SELECT application_name AS application, bool_and(ssl) AS ssl
      FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
      WHERE application_name LIKE 'user-webhooks%' GROUP BY 1 ORDER BY 1`),
  );
  expect(rows).toEqual([
    { application: 'user-webhooks', ssl: true },
    { application: 'user-webhooks history', ssl: true },
    { application: 'user-webhooks listener', ssl: true },
  ]);
  expect(service.stderr).toBe('');
  await service.stop();
}

it.each(['verify-full', 'verify-ca', 'require'])(
  'works with sslmode=%s and the authority',
  async (sslmode) => {
    await deliverOneEvent(url({ sslmode, sslrootcert: ca }));
  },
);

it('works with a client certificate in place of a password', async () => {
  await withClient(stage.database.url, (admin) =>
    admin.query('CREATE ROLE with_certificate LOGIN SUPERUSER').then(() => undefined),
  );
  await deliverOneEvent(
    url({ sslmode: 'verify-full', sslrootcert: ca, ...client }, (to) => {
      to.username = 'with_certificate';
      to.password = '';
    }),
  );
});

it.each(['verify-full', 'verify-ca', 'require'])(
  'refuses a server of another authority with sslmode=%s',
  async (sslmode) => {
    expect(await refusal(url({ sslmode, sslrootcert: otherCa }))).toMatch(
      /^user-webhooks did not start: PostgreSQL at 127\.0\.0\.1:\d+ cannot be used \(.+\): the certificate of the server was not issued by a trusted authority: name its authority in the sslrootcert of DATABASE_URL$/,
    );
  },
);

it('refuses a server whose certificate has another name', async () => {
  const localhost = url({ sslmode: 'verify-full', sslrootcert: ca }, (to) => (to.hostname = 'localhost'));
  expect(await refusal(localhost)).toContain(
    'the certificate of the server is for another host: use a host name from the certificate in DATABASE_URL',
  );
});

it('says that the server wants TLS', async () => {
  for (const parameters of [{}, { sslmode: 'disable' }]) {
    expect(await refusal(url(parameters))).toContain(
      'the server does not let this user in from here without TLS: put sslmode=verify-full and the sslrootcert into DATABASE_URL',
    );
  }
});

it('says that the server wants a client certificate', async () => {
  const withoutCertificate = url({ sslmode: 'verify-full', sslrootcert: ca }, (to) => {
    to.username = 'with_certificate';
  });
  expect(await refusal(withoutCertificate)).toContain(
    'sslcert and sslkey in DATABASE_URL if it asks for a client certificate',
  );
});

it('says that a server speaks no TLS', async () => {
  const plain = await startTestPostgres();
  const to = new URL(plain.url);
  to.search = new URLSearchParams({ sslmode: 'verify-full', sslrootcert: ca }).toString();
  expect(await refusal(to.href)).toMatch(
    /does not support SSL connections\): check DATABASE_URL and that PostgreSQL is running there with TLS$/,
  );
  await plain.close();
});

it('says that the password is wrong', async () => {
  const wrong = url({ sslmode: 'verify-full', sslrootcert: ca }, (to) => (to.password = 'hush-hush'));
  const stderr = await refusal(wrong);
  expect(stderr).toContain('correct the user or the password in DATABASE_URL');
  expect(stderr).not.toContain('hush-hush');
});
