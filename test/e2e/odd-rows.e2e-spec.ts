/** Rows that a person, or a fault, has left in the database as the service would not: they stop no other webhook. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { storedSecrets } from '../support/database-secrets.ts';
import { eventually } from '../support/eventually.ts';
import type { ReceivedRequest } from '../support/receiver.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent, type UserEventValue } from '../support/topics.ts';
import { readiness } from '../support/troubles.ts';

let stage: Stage;
let service: Service;

beforeEach(async () => {
  stage = await Stage.set();
  service = await stage.startService();
});

afterEach(() => stage.strike());

const sql = (statement: string, parameters: unknown[] = []): Promise<unknown> =>
  withClient(stage.database.url, (client) => client.query(statement, parameters));

async function insert(path: string, values: { headers?: string; secretToken?: string }): Promise<string> {
  const id = randomUUID();
  await sql(
    `INSERT INTO webhooks (id, url, triggers, method, headers, secret_token)
     VALUES ($1, $2, '{user_created}', 'POST', $3, $4)`,
    [id, stage.receiver.url(path), values.headers ?? '{}', values.secretToken ?? null],
  );
  return id;
}

const make = (path: string, values: object = {}): Promise<string> =>
  service.createWebhook({ url: stage.receiver.url(path), ...values });

/** A change through REST is in use when it is answered, and with it all that was stored before. */
async function change(id: string, values: object): Promise<void> {
  expect((await service.rest().patch(`/webhooks/${id}`, values)).status).toBe(200);
}

async function arrive(path: string, events: readonly UserEventValue[]): Promise<readonly ReceivedRequest[]> {
  return eventually(() => {
    const requests = stage.receiver.of(path);
    expect(requests.map(({ headers }) => headers['webhook-id'])).toEqual(events.map(({ id }) => id));
    return requests;
  });
}

const breakToken = (id: string): Promise<unknown> =>
  sql(
    "UPDATE webhooks SET secret_token = 'enc:v1:' || split_part(signing_secrets, ':', 3) || ':moved' WHERE id = $1",
    [id],
  );

const logged = (id: string, msg: string): boolean =>
  service.log.some((line) => line['webhookId'] === id && line.msg === msg);

it('header values that are no texts do not stop the reload of all webhooks, nor the next start', async () => {
  const headers = '{"X-N": 5, "X-True": true, "X-Null": null, "X-List": ["a"], "X-Text": "plain"}';
  const id = await insert('/odd', { headers });
  const other = await make('/other');
  const event = userEvent('jdoe');
  await stage.topics.produce(event);
  await arrive('/other', [event]);
  const [request] = await arrive('/odd', [event]);
  expect(request?.headers).toMatchObject({
    'x-n': '5',
    'x-true': 'true',
    'x-list': '["a"]',
    'x-text': 'plain',
  });
  expect(request?.headers).not.toHaveProperty('x-null');
  const stored = { 'X-N': '5', 'X-True': 'true', 'X-List': '["a"]', 'X-Text': 'plain' };
  expect((await storedSecrets(stage.database.url, id)).headers).toEqual(stored);
  expect((await readiness(service)).down).toEqual([]);

  await service.stop();
  await sql('UPDATE webhooks SET headers = $2 WHERE id = $1', [other, '{"X-N": 6, "X-Null": null}']);
  service = await stage.startService();
  expect((await storedSecrets(stage.database.url, other)).headers).toEqual({ 'X-N': '6' });
});

it('a webhook whose secret was broken goes on as it was, and changes of others are in use when they are answered', async () => {
  const broken = await make('/broken', { secret_token: 'still-known' });
  const other = await make('/before');
  await breakToken(broken);
  await change(other, { url: stage.receiver.url('/after') });
  const event = userEvent('jdoe');
  await stage.topics.produce(event);
  await arrive('/after', [event]);
  const [request] = await arrive('/broken', [event]);
  expect(request?.headers.authorization).toBe('Bearer still-known');
  expect(stage.receiver.of('/before')).toEqual([]);
  await eventually(async () => {
    expect(await readiness(service)).toEqual({ status: 503, down: ['webhooks'] });
  });
  expect(logged(broken, 'a webhook cannot be loaded: the version loaded before stays in use')).toBe(true);
  const test = await service.rest().post(`/webhooks/${broken}/test`, { trigger: 'user_created' });
  expect(test.status).toBe(503);
  expect(test.data).toMatchObject({
    code: 'service_unavailable',
    detail: expect.stringContaining(`secret_token of webhooks ${broken} cannot be decrypted`) as string,
  });
  await change(broken, { secret_token: 'new' });
  await eventually(async () => {
    expect((await readiness(service)).status).toBe(200);
  });
});

it('no event is skipped of a webhook whose secret could never be read: they wait, and arrive in order when it can', async () => {
  const broken = await insert('/broken', { secretToken: 'enc:v1:00000000:lost' });
  await make('/other');
  const events = ['jdoe', 'jdoe', 'asmith', 'jdoe'].map((user) => userEvent(user));
  await stage.topics.produce(...events.slice(0, 3));
  await eventually(async () => {
    const { data } = await service.rest().get<{ pending_count: number }>(`/webhooks/${broken}`);
    expect(data.pending_count).toBe(3);
  });
  expect(stage.receiver.of('/broken')).toEqual([]);
  await eventually(async () => {
    expect(await readiness(service)).toEqual({ status: 503, down: ['webhooks'] });
    expect(stage.receiver.of('/other')).toHaveLength(3);
  });
  expect(logged(broken, 'a webhook cannot be loaded: its deliveries wait in PostgreSQL')).toBe(true);
  await eventually(async () => {
    const { data } = await service
      .rest()
      .get<{ data: { waits_for: unknown }[] }>(`/deliveries?webhook_id=${broken}&status=waiting`);
    const reasons = data.data.map(({ waits_for }) => waits_for);
    expect(reasons).toHaveLength(3);
    expect(reasons.filter((one) => JSON.stringify(one) === '{"reason":"secrets"}')).toHaveLength(2);
  });
  const { data: explained } = await service
    .rest()
    .post<{ webhooks: { id: string }[] }>('/explain', { event: events[0] });
  expect(explained.webhooks.find(({ id }) => id === broken)).toMatchObject({
    ...{ why: 'secrets_unreadable', matches: true, request: null },
  });

  await change(broken, { secret_token: null });
  await stage.topics.produce(...events.slice(3));
  await eventually(() => {
    expect(stage.check(broken, events, stage.receiver.of('/broken'))).toBe(0);
  });
  await eventually(async () => {
    expect((await readiness(service)).status).toBe(200);
  });
});

it('a key of the service that cannot be decrypted stops only the webhooks that sign with it', async () => {
  const plain = await make('/plain');
  await sql("INSERT INTO service_keys (name, private_key) VALUES ('ed25519', 'enc:v1:00000000:lost')");
  const signing = await make('/signing', { ed25519_signature: true });
  await change(plain, { url: stage.receiver.url('/changed') });
  const event = userEvent('jdoe');
  await stage.topics.produce(event);
  await arrive('/changed', [event]);
  expect(stage.receiver.of('/signing')).toEqual([]);
  await sql('DELETE FROM service_keys');
  await change(plain, { description: 'with what was stored before' });
  await arrive('/signing', [event]);
  expect(logged(signing, 'a webhook cannot be loaded: its deliveries wait in PostgreSQL')).toBe(true);
});
