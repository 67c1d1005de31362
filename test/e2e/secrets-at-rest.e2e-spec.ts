/** Secrets in the database are encrypted, bound to their place, and a key can be replaced without a gap. */
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { SECRETS_KEY, type Service } from '../support/service.ts';
import { eventually } from '../support/eventually.ts';
import type { ReceivedRequest } from '../support/receiver.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';
import { isSignedBy, verified } from '../support/verify.ts';

const NEW_KEY = randomBytes(32).toString('base64');
const SECRETS = { secret_token: 'token-at-rest', headers: { 'X-Key': 'value-at-rest' } };

const idOf = (key: string): string =>
  createHash('sha256').update(Buffer.from(key, 'base64')).digest('hex').slice(0, 8);

interface Row {
  id: string;
  secret_token: string;
  headers: Record<string, string>;
  signing_secrets: string;
}

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.set();
});

afterEach(() => stage.strike());

const sql = <Result extends object>(statement: string, parameters: unknown[] = []): Promise<Result[]> =>
  withClient(stage.database.url, async (client) => (await client.query<Result>(statement, parameters)).rows);

const storedRows = (): Promise<Row[]> =>
  sql<Row>('SELECT id, secret_token, headers, signing_secrets FROM webhooks ORDER BY id');

async function storedTexts(): Promise<string[]> {
  const keys = await sql<{ private_key: string }>('SELECT private_key FROM service_keys');
  return [
    ...(await storedRows()).flatMap((row) => [
      row.secret_token,
      ...Object.values(row.headers),
      row.signing_secrets,
    ]),
    ...keys.map(({ private_key }) => private_key),
  ];
}

async function create(service: Service, path: string): Promise<{ id: string; signing_secret: string }> {
  const answer = await service.rest().post<{ id: string; signing_secret: string }>('/webhooks', {
    url: stage.receiver.url(path),
    triggers: ['user_created'],
    method: 'POST',
    ed25519_signature: true,
    ...SECRETS,
  });
  expect(answer.status).toBe(201);
  return answer.data;
}

async function nextRequest(path: string): Promise<ReceivedRequest> {
  const event = userEvent('jdoe');
  await stage.topics.produce(event);
  return eventually(() => {
    const request = stage.receiver.of(path).find(({ headers }) => headers['webhook-id'] === event.id);
    if (!request) throw new Error('not delivered');
    return request;
  });
}

async function refusedStart(environment: Record<string, string>): Promise<string> {
  const service = stage.spawnService(environment);
  expect(await service.ended()).toEqual({ code: 1, signal: null });
  expect(service.stderr).not.toMatch(/^\s+at /m);
  return service.stderr.trim();
}

async function rotateSecrets(keys: string): Promise<{ code: number; output: string }> {
  const env = {
    PATH: process.env['PATH'],
    DATABASE_URL: stage.database.url,
    KAFKA_BROKERS: stage.topics.brokers,
    ADMIN_TOKEN: 'not-needed-but-there',
    SECRETS_KEY: keys,
  };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['dist/rotate-secrets.js'], {
      env,
    });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

it('a stored secret is encrypted, with the key it names', async () => {
  const service = await stage.startService();
  await create(service, '/one');
  await eventually(async () => {
    const texts = await storedTexts();
    expect(texts).toHaveLength(4);
    for (const text of texts) expect(text).toMatch(new RegExp(`^enc:v1:${idOf(SECRETS_KEY)}:[\\w-]{38,}$`));
  });
});

it('what an older version stored plainly is encrypted at start, and delivered as before, signed', async () => {
  const first = await stage.startService();
  await first.stop();
  await sql(
    `INSERT INTO webhooks (id, url, triggers, method, secret_token, headers, enabled)
     VALUES ('019ab000-0000-7000-8000-000000000001', $1, '{user_created}', 'POST', 'token-at-rest', '{"X-Key": "value-at-rest"}', true),
            ('019ab000-0000-7000-8000-000000000002', 'https://a.example/', '{user_created}', 'POST', NULL, '{}', false)`,
    [stage.receiver.url('/old')],
  );
  const service = await stage.startService();
  const rows = await storedRows();
  expect(rows[0]?.secret_token).toMatch(/^enc:v1:/);
  expect(rows[0]?.headers['X-Key']).toMatch(/^enc:v1:/);
  for (const { signing_secrets } of rows) expect(signing_secrets).toMatch(/^enc:v1:/);
  const read = await service.rest().get<unknown>('/webhooks/019ab000-0000-7000-8000-000000000001', {});
  expect(read.headers['etag']).toBe('"1"');
  const { headers } = await nextRequest('/old');
  expect(headers).toMatchObject({ authorization: 'Bearer token-at-rest', 'x-key': 'value-at-rest' });
  expect(headers['webhook-signature']).toMatch(/^v1,/);
});

describe('a start without the key that is needed', () => {
  it('is refused, naming the key, and works again with it', async () => {
    const service = await stage.startService();
    const { signing_secret } = await create(service, '/one');
    await service.stop();
    expect(await refusedStart({ SECRETS_KEY: NEW_KEY })).toBe(
      `user-webhooks did not start: Secrets in the database are encrypted with the key ${idOf(SECRETS_KEY)}, but SECRETS_KEY holds ${idOf(NEW_KEY)}: add the missing key to SECRETS_KEY, after a comma. A key's id is the beginning of the SHA-256 of its bytes. docs/operating.md says what to do when a key is lost`,
    );
    await stage.startService({ SECRETS_KEY: `${NEW_KEY},${SECRETS_KEY}` });
    expect(verified(await nextRequest('/one'), signing_secret)).toBeTruthy();
  });

  it('goes on after what docs/operating.md says for a lost key', async () => {
    const service = await stage.startService();
    const { id } = await create(service, '/one');
    await service.stop();
    await sql(`UPDATE webhooks SET secret_token = NULL, headers = '{}', signing_secrets = NULL`);
    await sql('DELETE FROM service_keys');
    const again = await stage.startService({ SECRETS_KEY: NEW_KEY });
    const rotated = await again
      .rest()
      .post<{ signing_secret: string }>(`/webhooks/${id}/rotate-signing-secret`);
    expect(verified(await nextRequest('/one'), rotated.data.signing_secret)).toBeTruthy();
  });
});

describe('a ciphertext that was moved', () => {
  it.each([
    [
      'from another row',
      `UPDATE webhooks SET secret_token = (SELECT secret_token FROM webhooks WHERE id <> $1) WHERE id = $1`,
    ],
    ['from another column', `UPDATE webhooks SET secret_token = headers ->> 'X-Key' WHERE id = $1`],
  ])('%s is not used: the start is refused, naming it', async (_, statement) => {
    const service = await stage.startService();
    const [{ id }] = [await create(service, '/one'), await create(service, '/two')];
    await service.stop();
    await sql(statement, [id]);
    expect(await refusedStart({})).toBe(
      `user-webhooks did not start: secret_token of webhooks ${id} cannot be decrypted: it was changed, or belongs to another row or column. Restore it from a backup`,
    );
  });
});

describe('npm run rotate-secrets', () => {
  it('encrypts everything with the first key, beside a running service', async () => {
    const both = `${NEW_KEY},${SECRETS_KEY}`;
    const first = await stage.startService();
    const { signing_secret } = await create(first, '/one');
    await first.stop();
    const service = await stage.startService({ SECRETS_KEY: both });
    const keys = await service
      .rest()
      .get<{ keys: Record<string, string>[] }>('/.well-known/jwks.json', { baseURL: service.url });
    const before = await storedRows();
    expect(await rotateSecrets(both)).toEqual({
      code: 0,
      output: `All secrets are encrypted with the key ${idOf(NEW_KEY)}. Rows that had another key or none before: 2.\n`,
    });
    for (const text of await storedTexts()) expect(text.startsWith(`enc:v1:${idOf(NEW_KEY)}:`)).toBe(true);
    expect(await rotateSecrets(both)).toMatchObject({
      output: expect.stringMatching(/before: 0\.\n$/) as string,
    });
    expect((await service.rest().get<unknown>(`/webhooks/${before[0]?.id ?? ''}`)).headers['etag']).toBe(
      '"1"',
    );
    verified(await nextRequest('/one'), signing_secret);
    await service.stop();

    await stage.startService({ SECRETS_KEY: NEW_KEY });
    const request = await nextRequest('/one');
    expect(request.headers).toMatchObject({
      authorization: 'Bearer token-at-rest',
      'x-key': 'value-at-rest',
    });
    expect(verified(request, signing_secret)).toBeTruthy();
    expect(isSignedBy(keys.data.keys[0] ?? {}, request)).toBe(true);
    expect(await refusedStart({ SECRETS_KEY })).toContain(`encrypted with the key ${idOf(NEW_KEY)}`);
  });

  it('changes nothing when a key is missing', async () => {
    const service = await stage.startService();
    await create(service, '/one');
    const before = await storedTexts();
    const { code, output } = await rotateSecrets(NEW_KEY);
    expect(code).toBe(1);
    expect(output).toContain(
      `encrypted with the key ${idOf(SECRETS_KEY)}, but SECRETS_KEY holds ${idOf(NEW_KEY)}`,
    );
    expect(output).not.toMatch(/^\s+at /m);
    expect(await storedTexts()).toEqual(before);
  });
});
