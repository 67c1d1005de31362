/** A process does what `ROLES` says, and nothing else. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { withClient } from '../../dev/embedded-postgres.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.set();
});

afterAll(async () => {
  await stage.strike();
});

async function ready(service: Service): Promise<{ status: number; roles: string[]; parts: string[] }> {
  const answer = await fetch(`${service.url}/health/ready`);
  const { roles, details } = (await answer.json()) as { roles: string[]; details: object };
  return { status: answer.status, roles, parts: Object.keys(details) };
}

async function rolesInTable(): Promise<string[]> {
  return withClient(stage.database.url, async (client) => {
    const { rows } = await client.query<{ roles: string[] }>('SELECT roles FROM processes');
    return rows.map(({ roles }) => roles.join()).sort();
  });
}

it('events wait while only REST runs; a process that dispatches has no REST, and delivers them', async () => {
  const api = await stage.startService({ ROLES: 'api' });
  const webhookId = await api.createWebhook({ url: stage.receiver.url('/hook') });
  const event = userEvent('jdoe');
  await stage.topics.produce(event);
  await eventually(async () => {
    expect(await ready(api)).toEqual({
      status: 200,
      roles: ['api'],
      parts: ['database', 'webhooks', 'deliveries'],
    });
  });
  const sent = await api.rest().post(`/webhooks/${webhookId}/test`, { trigger: 'user_created' });
  expect(sent.status).toBe(200);
  expect(stage.receiver.requests).toHaveLength(1);

  const dispatch = await stage.startService({ ROLES: 'dispatch', RESULTS_USERNAME: 'hashed' });
  expect((await dispatch.rest().get('/webhooks')).status).toBe(404);
  expect((await fetch(`${dispatch.url}/api/docs`)).status).toBe(404);
  await eventually(() => {
    expect(stage.attempts.map(({ event_id, username }) => [event_id, username])).toContainEqual([
      event.id,
      'd30a5f57532a603697ccbb51558fa02ccadd74a0c499fcf9d45b33863ee1582f',
    ]);
  });
  await eventually(async () => {
    expect((await ready(dispatch)).status).toBe(200);
  });
  await eventually(async () => {
    const { data } = await api.rest().get<{ partitions: { owner: string | null }[] | null }>('/lag');
    const owners = new Set(data.partitions?.map(({ owner }) => owner?.split(':').at(-1)));
    expect(owners).toEqual(new Set([String(dispatch.process.pid)]));
    expect(data).toMatchObject({ history: null });
  });
  expect(await rolesInTable()).toEqual(['api', 'dispatch']);
  await dispatch.stop();
  expect(await rolesInTable()).toEqual(['api']);
});

it('a role that there is not is refused at start', async () => {
  const service = stage.spawnService({ ROLES: 'api,cooking' });
  expect(await service.ended()).toEqual({ code: 1, signal: null });
  expect(service.stderr).toContain('ROLES must be a list of api, dispatch and history, separated by commas');
});
