/**
 * REST for webhooks, against the built service and a real Postgres: what is stored, what is refused, and what happens
 * when two callers change the same webhook at once.
 */
import type { AxiosResponse } from 'axios';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { storedSecrets } from '../support/database-secrets.ts';
import { Service } from '../support/service.ts';
import { Topics } from '../support/topics.ts';

interface Webhook extends Record<string, unknown> {
  id: string;
}

let database: TestDatabase;
let topics: Topics;
let service: Service;
let sql: pg.Client;

beforeAll(async () => {
  database = await createDatabase();
  topics = new Topics();
  service = await Service.start({ ...topics.environment, DATABASE_URL: database.url });
  sql = new pg.Client(database.url);
  await sql.connect();
});

afterEach(async () => {
  await sql.query('DELETE FROM webhooks');
});

afterAll(async () => {
  await sql.end();
  await service.stop();
  await topics.close();
  await database.drop();
});

const VALUES = { url: 'https://a.example/hooks', triggers: ['user_created'] };

async function create(values: object = {}): Promise<AxiosResponse<Webhook>> {
  return service.rest().post<Webhook>('/webhooks', { ...VALUES, ...values });
}

/** A webhook with this path, its URL otherwise unlike any other. */
async function made(path: string, values: object = {}): Promise<Webhook> {
  const { status, data } = await create({ url: `https://a.example/${path}`, ...values });
  expect(status).toBe(201);
  return data;
}

const etag = (answer: AxiosResponse): string => String(answer.headers['etag']);

describe('a webhook', () => {
  it('is made, read, replaced, changed, listed and deleted', async () => {
    const rest = service.rest();
    const created = await create({
      description: 'Mail ✓',
      secret_token: 's3cret',
      headers: { 'X-Tenant': 'acme' },
    });
    expect(created.status).toBe(201);
    expect(created.headers['location']).toBe(`/api/v1/webhooks/${created.data.id}`);
    expect(etag(created)).toBe('"1"');
    const { signing_secret, ...shown } = created.data;
    expect(signing_secret).toMatch(/^whsec_/);
    expect(shown).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/) as string,
      url: 'https://a.example/hooks',
      description: 'Mail ✓',
      has_secret_token: true,
      triggers: ['user_created'],
      enabled: true,
      method: 'GET',
      ordering: 'per_user',
      headers: { 'X-Tenant': '***' },
      ca_certificates: null,
      ed25519_signature: false,
      timeout_ms: null,
      max_in_flight: null,
      rate_limit_per_second: null,
      retry_schedule: null,
      paused: false,
      status: 'healthy',
      failing_since: null,
      disabled_reason: null,
      disabled_code: null,
      disabled_at: null,
      behind: null,
      pending_count: 0,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      updated_at: created.data['created_at'],
    });
    const path = `/webhooks/${created.data.id}`;

    const read = await rest.get<Webhook>(path);
    expect([read.status, etag(read), read.data]).toEqual([200, '"1"', shown]);

    const replaced = await rest.put<Webhook>(path, { ...VALUES, method: 'POST' });
    expect([replaced.status, etag(replaced)]).toEqual([200, '"2"']);
    expect(replaced.data).toMatchObject({
      description: '',
      headers: {},
      method: 'POST',
      has_secret_token: true,
    });

    const patched = await rest.patch<Webhook>(path, { enabled: false, timeout_ms: 500 });
    expect([patched.status, etag(patched)]).toEqual([200, '"3"']);
    expect(patched.data).toMatchObject({ enabled: false, timeout_ms: 500, method: 'POST' });
    expect(Date.parse(String(patched.data['updated_at']))).toBeGreaterThan(
      Date.parse(String(created.data['created_at'])),
    );

    const listed = await rest.get<{ data: Webhook[] }>('/webhooks');
    expect(listed.data).toEqual({ data: [patched.data], next_cursor: null });

    const deleted = await rest.delete<unknown>(path);
    expect([deleted.status, deleted.data]).toEqual([204, '']);
    for (const gone of [rest.get(path), rest.delete(path), rest.patch(path, {}), rest.put(path, VALUES)]) {
      expect(await gone).toMatchObject({ status: 404, data: { code: 'not_found' } });
    }
  });

  it('survives GET, edit, PUT as it was', async () => {
    const { id } = await made('round', { secret_token: 's3cret', max_in_flight: 7, ordering: 'none' });
    const read = await service.rest().get<Webhook>(`/webhooks/${id}`);
    const sent = {
      ...read.data,
      description: 'edited',
      status: 'healthy',
      pending_count: 0,
      disabled_reason: null,
    };
    const put = await service
      .rest()
      .put<Webhook>(`/webhooks/${id}`, sent, { headers: { 'If-Match': etag(read) } });
    expect(put.data).toEqual({ ...read.data, description: 'edited', updated_at: put.data['updated_at'] });
    expect((await storedSecrets(database.url, id)).secretToken).toBe('s3cret');
  });

  it('never shows its secret token', async () => {
    const { id } = await made('secret', { secret_token: 'never-to-be-seen' });
    const rest = service.rest();
    const answers = [
      await rest.get<unknown>(`/webhooks/${id}`),
      await rest.get<unknown>('/webhooks'),
      await rest.patch<unknown>(`/webhooks/${id}`, { description: 'x' }),
      await create({ url: 'https://a.example/secret', secret_token: 'never-to-be-seen' }),
      await create({ url: 'x', secret_token: 'never-to-be-seen' }),
    ];
    for (const { data } of answers) expect(JSON.stringify(data)).not.toContain('never-to-be-seen');
    expect(JSON.stringify(service.log)).not.toContain('never-to-be-seen');
  });
});

describe('a URL', () => {
  it('is unique, also among callers at the same moment', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => create()));
    expect(answers.map(({ status }) => status).sort()).toEqual([
      201,
      ...Array.from({ length: 19 }, () => 409),
    ]);
    const refused = answers.find(({ status }) => status === 409);
    expect(refused?.data).toMatchObject({ code: 'duplicate_url', errors: [{ field: 'url' }] });
  });

  it('is the same however it is spelled', async () => {
    expect((await create({ url: 'HTTPS://A.Example:443' })).data['url']).toBe('https://a.example/');
    for (const url of [
      'https://a.example',
      'https://A.EXAMPLE/',
      'https://a.example:443/',
      'https://a.example./',
    ])
      expect(await create({ url })).toMatchObject({ status: 409, data: { code: 'duplicate_url' } });
    expect((await create({ url: 'http://a.example:443' })).status).toBe(201);
  });

  it('of another webhook cannot be taken over', async () => {
    await made('one');
    const { id } = await made('two');
    const url = 'https://a.example/one';
    const rest = service.rest();
    for (const answer of [
      rest.put(`/webhooks/${id}`, { ...VALUES, url }),
      rest.patch(`/webhooks/${id}`, { url }),
    ]) {
      expect(await answer).toMatchObject({ status: 409, data: { code: 'duplicate_url' } });
    }
    expect((await rest.get<Webhook>(`/webhooks/${id}`)).data['url']).toBe('https://a.example/two');
  });
});

describe('If-Match', () => {
  it('lets one of many changes at once through, and refuses the others', async () => {
    const { id } = await made('race');
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        service
          .rest()
          .patch<Webhook>(`/webhooks/${id}`, { description: `${at}` }, { headers: { 'If-Match': '"1"' } }),
      ),
    );
    const winners = answers.filter(({ status }) => status === 200);
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(11);
    const now = await service.rest().get<Webhook>(`/webhooks/${id}`);
    expect(now.data).toEqual(winners[0]?.data);
  });

  it('is optional: then every change counts, one after the other', async () => {
    const { id } = await made('no-race');
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        service.rest().patch(`/webhooks/${id}`, { headers: { [`X-${at}`]: 'v' } }),
      ),
    );
    expect(new Set(answers.map(etag)).size).toBe(12);
    const { data } = await service.rest().get<Webhook>(`/webhooks/${id}`);
    expect(Object.keys(data['headers'] as object)).toHaveLength(12);
  });

  it.each([
    ['"1"', 200],
    ['*', 200],
    ['"7", "1"', 200],
    ['"2"', 412],
    ['W/"1"', 412],
    ['1', 400],
  ])('%s is answered with %d at version 1', async (ifMatch, status) => {
    const { id } = await made('match');
    const config = { headers: { 'If-Match': ifMatch } };
    const rest = service.rest();
    const patched = await rest.patch<{ code?: string }>(`/webhooks/${id}`, { description: '' }, config);
    expect(patched.status).toBe(status);
    expect(
      (await rest.put<unknown>(`/webhooks/${id}`, { ...VALUES, url: 'https://a.example/match' }, config))
        .status,
    ).toBe(status);
    expect((await rest.delete<unknown>(`/webhooks/${id}`, config)).status).toBe(
      status === 200 ? 204 : status,
    );
  });

  it('does not turn a missing webhook into a stale one', async () => {
    const missing = '/webhooks/019ab000-0000-7000-8000-000000000001';
    const answer = await service.rest().delete<unknown>(missing, { headers: { 'If-Match': '"1"' } });
    expect(answer.status).toBe(404);
  });
});

describe('a merge patch', () => {
  it.each([
    'application/json',
    'application/merge-patch+json',
    'application/merge-patch+json; charset=utf-8',
  ])('is read as %s', async (type) => {
    const { id } = await made('patch', {
      description: 'old',
      method: 'PUT',
      headers: { 'X-A': '1', 'X-B': '2' },
      timeout_ms: 500,
    });
    const patch = { description: null, method: null, timeout_ms: null, headers: { 'x-a': null, 'X-C': '3' } };
    const answer = await service
      .rest()
      .patch<Webhook>(`/webhooks/${id}`, JSON.stringify(patch), { headers: { 'Content-Type': type } });
    expect(answer.data).toMatchObject({ description: '', method: 'GET', timeout_ms: null });
    expect(answer.data['headers']).toEqual({ 'X-B': '***', 'X-C': '***' });
    expect((await storedSecrets(database.url, id)).headers).toEqual({ 'X-B': '2', 'X-C': '3' });
  });

  it('is judged by its outcome', async () => {
    const headers = Object.fromEntries(Array.from({ length: 15 }, (_, at) => [`X-${at}`, 'v']));
    const { id } = await made('outcome', { headers });
    const more = Object.fromEntries(Array.from({ length: 15 }, (_, at) => [`Y-${at}`, 'v']));
    const answer = await service.rest().patch<unknown>(`/webhooks/${id}`, { headers: more });
    expect(answer).toMatchObject({ status: 400, data: { errors: [{ field: 'headers' }] } });
  });
});

describe('a list', () => {
  it('comes page by page in the order of creation, whatever comes and goes between', async () => {
    const ids: string[] = [];
    for (let at = 0; at < 25; at += 1) ids.push((await made(`page/${at}`)).id);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: AxiosResponse<{ data: Webhook[]; next_cursor: string | null }> = await service
        .rest()
        .get('/webhooks', { params: { limit: 10, ...(cursor !== null && { cursor }) } });
      seen.push(...page.data.data.map(({ id }) => id));
      cursor = page.data.next_cursor;
      // The webhook that the cursor names goes away.
      await service.rest().delete(`/webhooks/${seen.at(-1) ?? ''}`);
    } while (cursor !== null);
    expect(seen).toEqual(ids);
  });

  it('has no next page when the last one is exactly full', async () => {
    await made('a');
    await made('b');
    const page = await service.rest().get<{ next_cursor: unknown }>('/webhooks', { params: { limit: 2 } });
    expect(page.data.next_cursor).toBeNull();
  });

  it.each([
    ['search=MAIL', ['mail', 'percent']],
    ['search=100%25', ['percent']],
    ['search=a_b', ['underscore']],
    ['search=%5C', ['backslash']],
    ["search='%20OR%20''='", []],
    ['search=', ['mail', 'percent', 'underscore', 'backslash']],
    ['search=examplE/percent', ['percent']],
    ['enabled=false', ['percent']],
    ['enabled=true&search=mail', ['mail']],
    ['status=disabled', ['percent']],
    ['status=healthy', ['mail', 'underscore', 'backslash']],
    ['status=failing,paused,catching_up', []],
    ['status=disabled,healthy&search=mail', ['mail', 'percent']],
    ['trigger=user_keys', ['underscore', 'backslash']],
    ['trigger=user_keys&search=a_b&enabled=true', ['underscore']],
  ])('%s finds %j', async (query, found) => {
    await made('mail', { description: 'mail' });
    await made('percent', { description: '100% Mail', enabled: false });
    await made('underscore', { description: 'a_b', triggers: ['user_keys', 'user_created'] });
    await made('backslash', { description: 'axb\\', triggers: ['user_keys'] });
    const { data } = await service.rest().get<{ data: Webhook[] }>(`/webhooks?${query}`);
    expect(data.data.map(({ url }) => String(url).split('/').at(-1))).toEqual(found);
  });
});

describe('the database', () => {
  it('being away is 503, and it is used again when it is back', async () => {
    const name = new URL(database.url).pathname.slice(1);
    const admin = new URL(database.url);
    admin.pathname = '/postgres';
    const client = new pg.Client(admin.href);
    await client.connect();
    sql.on('error', () => undefined);
    try {
      await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`);
      await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
      const rest = service.rest();
      const answers = [
        await rest.get<unknown>('/webhooks'),
        await create(),
        await rest.delete<unknown>('/webhooks/019ab000-0000-7000-8000-000000000001'),
      ];
      for (const answer of answers) {
        expect(answer).toMatchObject({ status: 503, data: { code: 'service_unavailable' } });
      }
    } finally {
      await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`);
      await client.end();
    }
    sql = new pg.Client(database.url);
    await sql.connect();
    expect((await service.rest().get<unknown>('/webhooks')).status).toBe(200);
  });
});
