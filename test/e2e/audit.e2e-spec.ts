/** The audit trail: what is recorded, that nothing is recorded of what did not happen, and that nothing can be taken back. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { Stage } from '../support/stage.ts';
import type { Service } from '../support/service.ts';
import { userEvent } from '../support/topics.ts';

interface Entry extends Record<string, unknown> {
  id: string;
  action: string;
  changes: Record<string, unknown>;
}
interface Page {
  data: Entry[];
  next_cursor: string | null;
}

const VALUES = { url: 'https://a.example/hooks?key=hush-query', triggers: ['user_created'] };

let stage: Stage;
let service: Service;
let sql: pg.Client;

beforeAll(async () => {
  stage = await Stage.set();
  service = await stage.startService();
  sql = new pg.Client(stage.database.url);
  await sql.connect();
});

afterEach(() => sql.query('DELETE FROM webhooks'));

afterAll(async () => {
  await sql.end();
  await stage.strike();
});

async function trail(params: Record<string, unknown>): Promise<Entry[]> {
  const { status, data } = await service.rest().get<Page>('/audit', { params });
  expect(status).toBe(200);
  return data.data;
}

async function make(values: object): Promise<string> {
  const { data } = await service.rest().post<{ id: string }>('/webhooks', { ...VALUES, ...values });
  return data.id;
}

const change = (before: unknown, after: unknown) => ({ before, after });

describe('the trail of a webhook', () => {
  it('tells who did what from where, the newest first, and no secret', async () => {
    const rest = service.rest();
    rest.defaults.headers.common['X-Request-Id'] = 'audit-1';
    const { data } = await rest.post<{ id: string }>('/webhooks', {
      ...VALUES,
      url: stage.receiver.url('/audit?key=hush-query'),
      secret_token: 'hush-token',
      headers: { 'X-Key': 'hush-header', 'X-Old': 'hush-old' },
    });
    const path = `/webhooks/${data.id}`;
    await rest.patch(path, {
      description: 'Mail',
      secret_token: 'hush-token-2',
      headers: { 'X-Key': 'hush-header-2', 'X-Old': null, 'X-New': 'hush-new' },
    });
    await rest.patch(path, { secret_token: null, url: stage.receiver.url('/audit?key=hush-query-2') });
    await rest.post(`${path}/test`, { trigger: 'user_keys' });
    await rest.delete(path);
    const entries = await trail({ webhook_id: data.id });
    expect(entries.map(({ action }) => action)).toEqual([
      'webhook.deleted',
      'webhook.tested',
      'webhook.updated',
      'webhook.updated',
      'webhook.created',
    ]);
    // Ours: a caller's own id got into the trail.
    expect(new Set(entries.map(({ request_id }) => request_id)).size).toBe(entries.length);
    for (const entry of entries) {
      expect(entry).toMatchObject({
        actor: 'admin',
        actor_kind: 'token',
        role: 'admin',
        client_address: '127.0.0.1',
        request_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        webhook_id: data.id,
      });
    }
    const [deleted, tested, second, first, created] = entries.map(({ changes }) => changes);
    const url = stage.receiver.url('/audit?key=***');
    expect(created).toMatchObject({
      url: change(null, url),
      triggers: change(null, ['user_created']),
      enabled: change(null, true),
      secret_token: 'added',
      'headers.x-key': 'added',
    });
    expect(first).toEqual({
      description: change('', 'Mail'),
      secret_token: 'changed',
      'headers.x-key': 'changed',
      'headers.x-old': 'removed',
      'headers.x-new': 'added',
    });
    expect(second).toEqual({ url: change(url, url), secret_token: 'removed' });
    expect(tested).toEqual({ trigger: change(null, 'user_keys') });
    expect(deleted).toMatchObject({ url: change(url, null), description: change('Mail', null) });
    const { rows } = await sql.query('SELECT * FROM audit_entries');
    expect(JSON.stringify([entries, rows])).not.toContain('hush-');
  });

  it('has nothing of what was refused or changed nothing', async () => {
    const id = await make({ url: 'https://a.example/refused' });
    const rest = service.rest();
    const answers = [
      await rest.patch<unknown>(`/webhooks/${id}`, { description: 'x' }, { headers: { 'If-Match': '"9"' } }),
      await rest.delete<unknown>(`/webhooks/${id}`, { headers: { 'If-Match': '"9"' } }),
      await rest.patch<unknown>(`/webhooks/${id}`, { url: 'no URL' }),
      await rest.patch<unknown>(`/webhooks/${id}`, { enabled: true }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([412, 412, 400, 200]);
    expect((await trail({ webhook_id: id })).map(({ action }) => action)).toEqual(['webhook.created']);
  });

  it('says that the service itself disabled it', async () => {
    const id = await make({ url: stage.receiver.url('/gone'), method: 'POST' });
    stage.receiver.answer = (_request, response) => void response.writeHead(410).end();
    await stage.topics.produce(userEvent('jdoe'));
    await eventually(async () => {
      expect((await trail({ webhook_id: id, actor: 'system' }))[0]).toMatchObject({
        action: 'webhook.disabled_automatically',
        actor_kind: 'system',
        role: null,
        client_address: null,
        request_id: null,
        changes: {
          enabled: change(true, false),
          disabled_reason: change(null, 'The receiver answered 410 Gone'),
          disabled_code: change(null, 'receiver_gone'),
        },
      });
    });
    stage.receiver.answer = (_request, response) => void response.end();
    await service.rest().patch(`/webhooks/${id}`, { enabled: true });
    expect((await trail({ webhook_id: id }))[0]?.changes).toEqual({
      enabled: change(false, true),
      disabled_reason: change('The receiver answered 410 Gone', null),
      disabled_code: change('receiver_gone', null),
    });
  });
});

describe('a change', () => {
  it('is not made when it cannot be recorded', async () => {
    const url = stage.receiver.url('/kept');
    const id = await make({ url });
    await sql.query('ALTER TABLE audit_entries ADD CONSTRAINT full_up CHECK (false) NOT VALID');
    try {
      const rest = service.rest();
      const answers = [
        await rest.post<unknown>('/webhooks', { ...VALUES, url: 'https://a.example/unheard-of' }),
        await rest.patch<unknown>(`/webhooks/${id}`, { description: 'x' }),
        await rest.post<unknown>(`/webhooks/${id}/test`, { trigger: 'user_keys' }),
        await rest.delete<unknown>(`/webhooks/${id}`),
      ];
      expect(answers.map(({ status }) => status)).toEqual([500, 500, 500, 500]);
    } finally {
      await sql.query('ALTER TABLE audit_entries DROP CONSTRAINT full_up');
    }
    const { rows } = await sql.query('SELECT url, description FROM webhooks');
    expect(rows).toEqual([{ url, description: '' }]);
    expect(stage.receiver.of('/kept'), 'requests nobody would know of').toEqual([]);
  });
});

describe('what is written', () => {
  it.each([
    "UPDATE audit_entries SET actor = 'nobody'",
    'DELETE FROM audit_entries',
    'TRUNCATE audit_entries',
    'DELETE FROM audit_entries WHERE false',
  ])('withstands %s', async (statement) => {
    await make({ url: 'https://a.example/withstands' });
    await expect(sql.query(statement)).rejects.toThrow('audit_entries is append-only');
  });
});

describe('the query', () => {
  it('pages, and filters by webhook, actor, action and time', async () => {
    const id = await make({ url: 'https://a.example/paged' });
    for (let at = 0; at < 5; at += 1) await service.rest().patch(`/webhooks/${id}`, { description: `${at}` });
    const whole = await trail({ webhook_id: id });
    expect(whole.map(({ changes }) => changes['description'])).toEqual([
      ...[4, 3, 2, 1].map((at) => change(`${at - 1}`, `${at}`)),
      change('', '0'),
      change(null, ''),
    ]);
    const ids: string[] = [];
    let cursor: string | null = null;
    do {
      const params: object = { webhook_id: id, limit: 2, ...(cursor !== null && { cursor }) };
      const page: Page = (await service.rest().get<Page>('/audit', { params })).data;
      ids.push(...page.data.map((entry) => entry.id));
      cursor = page.next_cursor;
      await make({ url: `https://a.example/between/${ids.length}` });
    } while (cursor !== null);
    expect(ids).toEqual(whole.map((entry) => entry.id));

    const filtered = async (filter: object) => (await trail({ webhook_id: id, ...filter })).length;
    const created = String(whole.at(-1)?.['created_at']);
    expect(await filtered({ action: 'webhook.created' })).toBe(1);
    expect(await filtered({ actor: 'admin' })).toBe(6);
    expect(await filtered({ actor: 'system' })).toBe(0);
    expect(await filtered({ since: created })).toBe(6);
    expect(await filtered({ until: created })).toBe(0);
    expect(await filtered({ since: '2000-01-01 00:00:00+01:00', until: '9999-12-31t23:59:60z' })).toBe(6);
  });

  it.each([
    'webhook_id=abc',
    'action=nonsense',
    'actor=',
    'actor=%00',
    'since=yesterday',
    'since=2026-02-30T00:00:00Z',
    'limit=0',
    'cursor=x',
    'until=2026-01-01T00:00:00Z&until=2026-01-01T00:00:00Z',
    'order=asc',
  ])('%s is refused', async (query) => {
    const answer = await service.rest().get<unknown>(`/audit?${query}`);
    expect(answer).toMatchObject({ status: 400, data: { code: 'validation_failed' } });
  });
});
