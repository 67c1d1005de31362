/** Secrets of a webhook over REST: written, kept and taken away, and never shown. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
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

beforeAll(async () => {
  database = await createDatabase();
  topics = new Topics();
  service = await Service.start({ ...topics.environment, DATABASE_URL: database.url });
});

afterEach(async () => {
  await withClient(database.url, (client) => client.query('DELETE FROM webhooks'));
});

afterAll(async () => {
  await service.stop();
  await topics.close();
  await database.drop();
});

const VALUES = { url: 'https://a.example/hooks', triggers: ['user_created'] };

/** A webhook with this path, its URL otherwise unlike any other. */
async function made(path: string, values: object = {}): Promise<Webhook> {
  const body = { ...VALUES, url: `https://a.example/${path}`, ...values };
  const { status, data } = await service.rest().post<Webhook>('/webhooks', body);
  expect(status).toBe(201);
  return data;
}

describe('the secret token', () => {
  it.each([
    ['stays when it is left out', {}, 'old'],
    ['is replaced', { secret_token: 'new' }, 'new'],
    ['goes with null', { secret_token: null }, null],
    ['goes with ""', { secret_token: '' }, null],
  ])('%s, in PUT and PATCH', async (_, values, expected) => {
    const put = await made('put', { secret_token: 'old' });
    const patched = await made('patch', { secret_token: 'old' });
    const rest = service.rest();
    const answers = [
      await rest.put<Webhook>(`/webhooks/${put.id}`, { ...VALUES, ...values }),
      await rest.patch<Webhook>(`/webhooks/${patched.id}`, values),
    ];
    for (const { status, data } of answers) {
      expect([status, data['has_secret_token']]).toEqual([200, expected !== null]);
      expect((await storedSecrets(database.url, data.id)).secretToken).toBe(expected);
    }
  });
});

describe('the value of a custom header', () => {
  it('is never shown, and stays when what was read is sent back, in PUT and PATCH', async () => {
    const { id } = await made('kept', { headers: { 'X-A': 'value-a', 'X-B': 'value-b' } });
    const rest = service.rest();
    const read = await rest.get<Webhook>(`/webhooks/${id}`);
    expect(read.data['headers']).toEqual({ 'X-A': '***', 'X-B': '***' });
    const put = await rest.put<Webhook>(`/webhooks/${id}`, {
      ...read.data,
      headers: { 'x-a': '***', 'X-C': 'value-c' },
    });
    expect(put.data['headers']).toEqual({ 'x-a': '***', 'X-C': '***' });
    expect((await storedSecrets(database.url, id)).headers).toEqual({ 'x-a': 'value-a', 'X-C': 'value-c' });
    await rest.patch<Webhook>(`/webhooks/${id}`, { headers: { 'X-A': '***', 'X-C': 'new-c' } });
    expect((await storedSecrets(database.url, id)).headers).toEqual({ 'X-A': 'value-a', 'X-C': 'new-c' });
  });

  it.each(['post', 'put', 'patch'] as const)('cannot be the mask of nothing, in %s', async (method) => {
    const { id } = await made('masked', { headers: { 'X-A': 'value-a' } });
    const body = { url: 'https://a.example/other', triggers: ['user_keys'], headers: { 'X-B': '***' } };
    const answer = await service
      .rest()
      [method]<unknown>(`/webhooks${method === 'post' ? '' : `/${id}`}`, body);
    const message = 'must be a value: *** stands for the stored value, and there is none';
    expect(answer).toMatchObject({
      status: 400,
      data: { code: 'validation_failed', errors: [{ field: 'headers.X-B', message }] },
    });
    expect((await storedSecrets(database.url, id)).headers).toEqual({ 'X-A': 'value-a' });
  });
});
