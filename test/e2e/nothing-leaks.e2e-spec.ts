/** Secrets are planted, everything is done with them that can be, and then all that was written is searched for them. */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import axios from 'axios';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { eventually } from '../support/eventually.ts';
import { dump, expectNone, inNumbers, smallPercent } from '../support/planted.ts';
import type { ReceivedRequest } from '../support/receiver.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

const OLD_KEY = randomBytes(32).toString('base64');
const ADMIN = 'planted-admin-token-4711';
const secrets: Record<string, string> = {
  'secret token': 'planted"secret/token',
  'secret token that replaces it': 'planted-other-token',
  'refused secret token': 'planted refused token',
  'header value': 'planted header value',
  'header value that replaces it': 'planted-other-value',
  'password of Basic credentials': 'planted-basic/password',
  'admin token': ADMIN,
  'wrong bearer token': 'planted-wrong-token-4711',
  'first key': randomBytes(32).toString('base64'),
  'second key': OLD_KEY,
  'database password': 'planted-database-password',
};
/** An admin may read them, and they are stored as they are; nobody else is shown them. */
const urlSecrets = {
  'value in a URL': 'planted/url value',
  'URL query without a name': 'planted-bare-query',
  'key in the path of a URL': 'pLanTed0KeY1iN2tHe3PaTh4',
};
const CREDENTIALS = Buffer.from(`user:${secrets['password of Basic credentials'] ?? ''}`).toString('base64');
const QUERY = `?${new URLSearchParams({ key: urlSecrets['value in a URL'] }).toString()}&${urlSecrets['URL query without a name']}`;
const KEY_AND_QUERY = `/${urlSecrets['key in the path of a URL']}${QUERY}`;
const NEW_KEY = secrets['first key'] ?? '';

let stage: Stage;
let databaseUrl: string;
let role: string;
/** Answers that do not show a signing secret on purpose. */
const answers: string[] = [];
/** The signing secrets that the receiver at each path knows. */
const known: Record<string, string[]> = { '/works': [], '/fails': [] };

beforeAll(async () => {
  stage = await Stage.set();
  const url = new URL(stage.database.url);
  role = `planted_${url.pathname.slice(-12)}`;
  await withClient(stage.database.url, async (client) => {
    await client.query(`CREATE ROLE ${role} LOGIN PASSWORD '${secrets['database password'] ?? ''}'`);
    await client.query(`GRANT ALL ON DATABASE ${url.pathname.slice(1)} TO ${role}`);
    await client.query(`GRANT ALL ON SCHEMA public TO ${role}`);
  });
  url.username = role;
  url.password = secrets['database password'] ?? '';
  databaseUrl = url.href;
});

afterAll(async () => {
  const admin = new URL(stage.database.url);
  admin.pathname = '/postgres';
  await stage.strike();
  await withClient(admin.href, (client) => client.query(`DROP ROLE ${role}`));
});

/** Says back what it got, and what it knows. */
function echo(request: ReceivedRequest, response: ServerResponse): void {
  const { pathname, search, searchParams } = new URL(request.path, 'http://receiver');
  const route = `/${pathname.split('/')[1] ?? ''}`;
  response.statusCode = route === '/fails' ? 500 : 200;
  const { 'x-planted': header = '', 'x-basic': basic = '', authorization = '', ...headers } = request.headers;
  const token = authorization.replace('Bearer ', '');
  const all = JSON.stringify({ header, token, pathname, search });
  // The first 1 KiB of it is kept.
  response.end(
    [
      search,
      JSON.stringify(Object.fromEntries(searchParams)),
      new URLSearchParams({ header: String(header) }).toString(),
      ...(known[route] ?? []),
      Buffer.from(String(basic).replace('Basic ', ''), 'base64').toString(),
      all.replaceAll('/', '\\/'),
      smallPercent(encodeURIComponent(all)),
      inNumbers(token),
      JSON.stringify({ header, basic, authorization, ...headers }),
      ...request.rawHeaders,
    ].join(' '),
  );
}

async function call(
  service: Service,
  method: string,
  path: string,
  body?: unknown,
  token = ADMIN,
): Promise<unknown> {
  const answer = await axios.request<unknown>({
    method,
    url: `${service.url}${path}`,
    data: body,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    validateStatus: () => true,
    proxy: false,
  });
  const headers = JSON.stringify(answer.headers);
  const { signing_secret, ...rest } = Object(answer.data) as { signing_secret?: string };
  if (signing_secret === undefined) answers.push(JSON.stringify(answer.data), headers);
  else {
    answers.push(JSON.stringify(rest), headers);
    secrets[`signing secret ${Object.keys(secrets).length}`] = signing_secret.replace('whsec_', '');
  }
  return answer.data;
}

async function createWebhook(service: Service, path: string): Promise<string> {
  const created = await call(service, 'POST', '/api/v1/webhooks', {
    url: stage.receiver.url(path + KEY_AND_QUERY),
    description: 'a planted description',
    triggers: ['user_created'],
    method: 'POST',
    secret_token: secrets['secret token'],
    headers: { 'X-Planted': secrets['header value'], 'X-Basic': `Basic ${CREDENTIALS}` },
    ed25519_signature: true,
    retry_schedule: [],
  });
  const { id, signing_secret } = created as { id: string; signing_secret: string };
  known[path]?.push(signing_secret);
  return id;
}

async function useApi(service: Service, ids: readonly string[]): Promise<void> {
  const [first = '', second = ''] = ids.map((id) => `/api/v1/webhooks/${id}`);
  for (const path of [
    first,
    '/api/v1/webhooks',
    '/api/openapi.json',
    '/.well-known/jwks.json',
    '/health/ready',
    '/metrics',
  ]) {
    await call(service, 'GET', path);
  }
  const change = {
    secret_token: secrets['secret token that replaces it'],
    headers: { 'X-Planted': secrets['header value that replaces it'] },
  };
  await call(service, 'PATCH', first, change);
  const rotated = await call(service, 'POST', `${first}/rotate-signing-secret`);
  known['/works']?.push((rotated as { signing_secret: string }).signing_secret);
  for (const path of [first, second]) await call(service, 'POST', `${path}/test`, { trigger: 'user_keys' });
  await call(service, 'PATCH', second, { secret_token: secrets['refused secret token'] });
  await call(service, 'POST', '/api/v1/webhooks', { ...change, triggers: [], url: 'x' });
  await call(service, 'POST', '/api/v1/webhooks', `{"secret_token": "${change.secret_token ?? ''}", `);
  await call(service, 'POST', '/api/v1/webhooks', {
    ...change,
    triggers: ['user_keys'],
    url: stage.receiver.url(`/fails${KEY_AND_QUERY}`),
  });
  await call(service, 'GET', '/api/v1/webhooks', undefined, secrets['wrong bearer token']);
}

/** The database refuses whatever is written, with an error of its own. */
async function useBrokenTable(service: Service, id: string): Promise<void> {
  const constraint = 'ALTER TABLE webhooks ADD CONSTRAINT planted CHECK (false) NOT VALID';
  await withClient(databaseUrl, (client) => client.query(constraint));
  const patch = { secret_token: secrets['secret token'], headers: { 'X-Planted': secrets['header value'] } };
  const answer = await call(service, 'PATCH', `/api/v1/webhooks/${id}`, patch);
  expect(answer).toMatchObject({ code: 'internal_error' });
  await withClient(databaseUrl, (client) => client.query('ALTER TABLE webhooks DROP CONSTRAINT planted'));
}

it('no secret is in the logs, the topics, the answers or the database', async () => {
  const environment = { DATABASE_URL: databaseUrl, LOG_LEVEL: 'trace', ADMIN_TOKEN: ADMIN };
  const starts = [
    await stage.startService({ ...environment, SECRETS_KEY: OLD_KEY }),
    // One that fails.
    stage.spawnService({ ...environment, SECRETS_KEY: `${NEW_KEY},${OLD_KEY.slice(1)}`, KAFKA_BROKERS: 'x' }),
  ];
  await starts[1]?.ended();
  stage.receiver.answer = echo;
  const deadLetters = await stage.topics.readDeadLetters();
  const [service] = starts as [Service];
  const ids = [await createWebhook(service, '/works'), await createWebhook(service, '/fails')];
  await useApi(service, ids);
  await useBrokenTable(service, ids[0] ?? '');
  const user = userEvent('planted-user');
  await stage.topics.produce(user);
  await stage.topics.write([{ key: 'k', value: 'planted dead letter' }]);
  await eventually(() => {
    expect(stage.attempts.filter(({ reason }) => reason === 'event')).toHaveLength(2);
    expect(deadLetters).toHaveLength(1);
  });
  expect(stage.attempts.map(({ outcome }) => outcome)).toContain('exhausted');
  const trail = JSON.stringify(await call(service, 'GET', '/api/v1/audit'));
  await service.stop();
  const command = await promisify(execFile)(process.execPath, ['dist/rotate-secrets.js'], {
    env: { ...stage.topics.environment, ...environment, SECRETS_KEY: `${NEW_KEY},${OLD_KEY}` },
  });
  const refused = stage.spawnService({ ...environment, SECRETS_KEY: OLD_KEY });
  await refused.ended();

  expect(Object.keys(secrets).length).toBe(14);
  const output = stage.services.map(
    ({ log, stderr }) => log.map((line) => JSON.stringify(line)).join('\n') + stderr,
  );
  const all = { ...secrets, ...urlSecrets };
  expectNone(all, 'the log', output.join('\n'), 'attempt exhausted');
  expectNone(
    secrets,
    'the output of rotate-secrets',
    command.stdout + command.stderr,
    'encrypted with the key',
  );
  const records = stage.records.map(({ message }) => `${String(message.key)} ${String(message.value)}`);
  expectNone(all, 'the results topic', records.join('\n'), user.id);
  expectNone(all, 'the results topic', records.join('\n'), 'whsec_***');
  expectNone(all, 'the results topic', records.join('\n'), '/***?key=***&***');
  const letters = deadLetters.map((message) => `${String(message.value)} ${JSON.stringify(message.headers)}`);
  expectNone(all, 'the dead-letter topic', letters.join('\n'), 'planted dead letter');
  expectNone(secrets, 'the answers', answers.join('\n'), 'a planted description');
  expectNone(all, 'the audit trail', trail, '/***?key=***&***');
  const stored = await dump(databaseUrl);
  expectNone(secrets, 'the database', stored, 'a planted description');
  // In bytes, in the row of the delivery that was given up.
  expectNone(secrets, 'the database', stored, 'planted-user@example.com');
});
