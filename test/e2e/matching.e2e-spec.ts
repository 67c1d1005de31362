/** Webhooks in memory are those in the database: over REST, by hand, by another instance, and over a lost connection. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { eventually } from '../support/eventually.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

let stage: Stage;
let service: Service;
let paths = 0;

beforeAll(async () => {
  stage = await Stage.set();
  service = await stage.startService();
});

afterEach(async () => {
  await withClient(stage.database.url, (client) => client.query('DELETE FROM webhooks'));
});

afterAll(() => stage.strike());

function newPath(): string {
  paths += 1;
  return `/hook-${paths}`;
}

/** Produces one event, and waits until its offset is committed: by then it was delivered wherever it matched. */
async function produceAndFinish(type = 'user_created'): Promise<string> {
  const event = userEvent('jdoe', { type });
  const before = await stage.topics.committed();
  await stage.topics.produce(event);
  await eventually(async () => {
    expect(await stage.topics.committed()).toBe(before + 1);
  });
  return event.id;
}

function receivedAt(path: string): unknown[] {
  return stage.receiver.of(path).map(({ headers }) => headers['webhook-id']);
}

describe('a webhook made over REST', () => {
  it('gets the very next event, of its triggers only', async () => {
    const path = newPath();
    await service.createWebhook({ url: stage.receiver.url(path), triggers: ['user_keys'] });
    const wanted = await produceAndFinish('user_keys');
    await produceAndFinish('user_created');
    expect(receivedAt(path)).toEqual([wanted]);
  });

  it('gets nothing once it was deleted or disabled, and again once it is enabled', async () => {
    const [deleted, disabled] = [newPath(), newPath()];
    const deletedId = await service.createWebhook({ url: stage.receiver.url(deleted) });
    const disabledId = await service.createWebhook({ url: stage.receiver.url(disabled) });
    expect((await service.rest().delete(`/webhooks/${deletedId}`)).status).toBe(204);
    expect((await service.rest().patch(`/webhooks/${disabledId}`, { enabled: false })).status).toBe(200);
    await produceAndFinish();
    expect([receivedAt(deleted), receivedAt(disabled)]).toEqual([[], []]);
    await service.rest().patch(`/webhooks/${disabledId}`, { enabled: true });
    const wanted = await produceAndFinish();
    expect(receivedAt(disabled)).toEqual([wanted]);
  });

  it('is sent to as it is now: a changed URL, method and token are used at once', async () => {
    const [before, after] = [newPath(), newPath()];
    const id = await service.createWebhook({ url: stage.receiver.url(before) });
    await service.rest().patch(`/webhooks/${id}`, {
      url: stage.receiver.url(after),
      method: 'GET',
      secret_token: 'new',
      headers: { 'X-Tenant': 'acme' },
    });
    await produceAndFinish();
    expect(receivedAt(before)).toEqual([]);
    const [request] = stage.receiver.of(after);
    expect(request).toMatchObject({
      method: 'GET',
      headers: { authorization: 'Bearer new', 'x-tenant': 'acme' },
    });
    expect(request?.headers['content-length']).toBe(String(request?.body.length));
    expect(request?.body.length).toBeGreaterThan(2);
  });
});

describe('a change that this instance did not make', () => {
  const insert = `INSERT INTO webhooks (id, url, triggers, method) VALUES (gen_random_uuid(), $1, '{user_created}', 'POST')`;

  it('is noticed when it was written by hand', async () => {
    const path = newPath();
    await withClient(stage.database.url, (client) => client.query(insert, [stage.receiver.url(path)]));
    await eventually(async () => {
      await produceAndFinish();
      expect(receivedAt(path).length).toBeGreaterThan(0);
    });
  });

  it('is noticed when the connection that would have told of it was lost', async () => {
    const path = newPath();
    await withClient(stage.database.url, async (client) => {
      await client.query(`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'user-webhooks listener' AND datname = current_database()`);
      await client.query(insert, [stage.receiver.url(path)]);
    });
    await eventually(async () => {
      await produceAndFinish();
      expect(receivedAt(path).length).toBeGreaterThan(0);
    });
    const late = newPath();
    await withClient(stage.database.url, (client) => client.query(insert, [stage.receiver.url(late)]));
    await eventually(async () => {
      await produceAndFinish();
      expect(receivedAt(late).length).toBeGreaterThan(0);
    });
  });
});
