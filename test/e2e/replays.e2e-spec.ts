/** What was delivered, or given up, is sent again: by range, by user, and one by one. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { eventsOf, userEvent, type UserEventValue } from '../support/topics.ts';

const MODIFIED = ['user_modified'];

let stage: Stage;
let service: Service;
let webhookId: string;

beforeEach(async () => {
  stage = await Stage.set({ RETRY_SCHEDULE: '200ms' });
  service = await stage.startService();
  webhookId = await service.createWebhook({ url: stage.receiver.url() });
});

afterEach(() => stage.strike());

interface Replay {
  readonly id: string;
  readonly [member: string]: unknown;
}

async function delivered(events: readonly UserEventValue[]): Promise<void> {
  await stage.topics.produce(...events);
  await eventually(() => {
    expect(stage.attempts.filter(({ outcome }) => outcome === 'delivered')).toHaveLength(events.length);
  });
}

async function wished(path: string, body?: object): Promise<Replay> {
  const { status, data } = await service.rest().post<Replay>(path, body);
  expect(status, JSON.stringify(data)).toBe(202);
  return data;
}

async function ended(id: string): Promise<Replay> {
  return eventually(async () => {
    const { data } = await service.rest().get<Replay>(`/replays/${id}`);
    expect(data).toMatchObject({ status: 'done' });
    return data;
  });
}

const ALL = { from: '2020-01-01T00:00:00Z', to: '2040-01-01T00:00:00Z' };

function sentAfter(count: number): (string | number)[][] {
  return stage.receiver.requests
    .slice(count)
    .map(({ body }) => JSON.parse(body) as { username: string; index: number })
    .map(({ username, index }) => [username, index]);
}

describe('a replay', () => {
  it('sends a range again, each user in order, with its id and reason on the results', async () => {
    const events = eventsOf(20, 20, MODIFIED);
    await delivered(events);
    const dry = await wished(`/webhooks/${webhookId}/replay`, { ...ALL, dry_run: true });
    expect(dry).toMatchObject({ total: events.length, dry_run: true });
    expect(await ended(dry.id)).toMatchObject({ matched: events.length, delivered: 0 });
    expect(stage.receiver.requests).toHaveLength(events.length);

    const replay = await wished(`/webhooks/${webhookId}/replay`, ALL);
    const counts = { total: events.length, read: events.length, matched: events.length };
    expect(await ended(replay.id)).toMatchObject({
      ...counts,
      delivered: events.length,
      failed: 0,
      exhausted: 0,
    });
    const again = sentAfter(events.length);
    for (const user of new Set(again.map(([name]) => name))) {
      const indexes = again.filter(([name]) => name === user).map(([, index]) => Number(index));
      expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
    }
    await eventually(() => {
      const own = stage.attempts.filter(({ replay_id }) => replay_id === replay.id);
      expect(own).toHaveLength(events.length);
      expect(new Set(own.map(({ reason }) => reason))).toEqual(new Set(['replay']));
    });
  });

  it('of one event per user, or of one user, sends only these', async () => {
    const events = eventsOf(10, 5, MODIFIED);
    await delivered(events);
    const { id } = await wished(`/webhooks/${webhookId}/replay`, { ...ALL, mode: 'last_per_user' });
    expect(await ended(id)).toMatchObject({ matched: 10, delivered: 10 });
    expect(new Set(sentAfter(50).map(([, index]) => index))).toEqual(
      new Set([40, 41, 42, 43, 44, 45, 46, 47, 48, 49]),
    );
    const one = await wished(`/webhooks/${webhookId}/replay`, { ...ALL, username: 'user-3' });
    expect(await ended(one.id)).toMatchObject({ matched: 5, delivered: 5 });
  });

  it('goes on after a kill, and not after it was stopped', async () => {
    const events = eventsOf(20, 50, MODIFIED);
    await delivered(events);
    stage.receiver.answer = (_request, response) => void setTimeout(() => response.end(), 20);
    await service.rest().patch(`/webhooks/${webhookId}`, { max_in_flight: 4 });
    const { id } = await wished(`/webhooks/${webhookId}/replay`, ALL);
    await eventually(() => {
      expect(stage.receiver.requests.length).toBeGreaterThan(1_200);
    });
    await service.kill();
    service = await stage.startService();
    expect(await ended(id)).toMatchObject({
      read: events.length,
      matched: events.length,
      delivered: events.length,
    });
    const other = await wished(`/webhooks/${webhookId}/replay`, ALL);
    const stopping = await wished(`/replays/${other.id}/stop`);
    expect(['stopping', 'stopped']).toContain(stopping['status']);
    await eventually(async () => {
      expect((await service.rest().get<Replay>(`/replays/${other.id}`)).data['status']).toBe('stopped');
    });
    const list = await service.rest().get<{ data: Replay[] }>(`/replays?webhook_id=${webhookId}`);
    expect(list.data.data.map((replay) => replay['status'])).toEqual(['stopped', 'done']);
  });

  it('is refused with one clear answer where it cannot be', async () => {
    const rest = service.rest();
    const path = `/webhooks/${webhookId}/replay`;
    const refused = async (to: string, body: object): Promise<unknown> => (await rest.post(to, body)).status;
    expect(await refused(path, { from: ALL.to, to: ALL.from })).toBe(400);
    expect(await refused(path, { ...ALL, from: '2039-01-01T00:00:00Z' })).toBe(400);
    expect(await refused('/webhooks/019ab000-0000-7000-8000-000000000001/replay', ALL)).toBe(404);
    expect(await refused('/deliveries/019ab000-0000-7000-8000-000000000001/resend', {})).toBe(404);
    const recover = `/webhooks/${webhookId}/recover`;
    const wrong = async (to: string, body: object): Promise<unknown> => {
      const { status, data } = await rest.post<{ errors: { field: string; code: string }[] }>(to, body);
      return [status, data.errors.map(({ field, code }) => `${field}: ${code}`)];
    };
    for (const time of ['2026-11-24', 'yesterday', '', '2026-02-30T00:00:00Z', '2026-11-24T09:30:00']) {
      expect(await wrong(path, { ...ALL, from: time })).toEqual([400, ['from: not_a_time']]);
      expect(await wrong(path, { ...ALL, to: time })).toEqual([400, ['to: not_a_time']]);
      expect(await wrong(recover, { since: time })).toEqual([400, ['since: not_a_time']]);
      expect(await wrong(recover, { since: ALL.from, until: time })).toEqual([400, ['until: not_a_time']]);
    }
    expect(await wrong(recover, { since: 5, until: null })).toEqual([
      400,
      ['since: wrong_type', 'until: wrong_type'],
    ]);
    expect(await wrong(recover, {})).toEqual([400, ['since: missing']]);
    expect(await wrong(recover, { since: ALL.to })).toEqual([400, ['until: not_after']]);
    expect(await wrong(recover, { since: ALL.from, until: ALL.from })).toEqual([400, ['until: not_after']]);
    const empty = await wished(path, ALL);
    expect(empty).toMatchObject({ status: 'done', total: 0, matched: 0 });
    await rest.patch(`/webhooks/${webhookId}`, { enabled: false });
    expect(await refused(path, ALL)).toBe(409);
  });

  it('of a webhook that is deleted meanwhile has failed, and says why', async () => {
    const events = eventsOf(10, 20, MODIFIED);
    await delivered(events);
    await service.rest().patch(`/webhooks/${webhookId}`, { paused: true });
    const { id } = await wished(`/webhooks/${webhookId}/replay`, ALL);
    await service.rest().delete(`/webhooks/${webhookId}`);
    const { data } = await service.rest().get<Replay>(`/replays/${id}`);
    expect(data).toMatchObject({
      status: 'failed',
      warnings: expect.arrayContaining([
        { code: 'webhook_deleted', message: expect.any(String) as string },
      ]) as unknown,
    });
  });
});

describe('what waits', () => {
  it.each(['per_user', 'none'])(
    'is sent once by a replay, and not beside its retry, with the ordering %s',
    async (ordering) => {
      await service.rest().patch(`/webhooks/${webhookId}`, { ordering, retry_schedule: ['1h'] });
      stage.receiver.answer = (_request, response) => void response.writeHead(400).end();
      const events = eventsOf(20, 1, MODIFIED);
      await stage.topics.produce(...events);
      await eventually(async () => {
        const { data } = await service.rest().get<{ data: unknown[] }>('/deliveries?status=pending');
        expect(data.data).toHaveLength(events.length);
      });
      stage.receiver.answer = (_request, response) => void response.end();
      const { id } = await wished(`/webhooks/${webhookId}/replay`, ALL);
      await eventually(async () => {
        const { data } = await service.rest().get<Replay>(`/replays/${id}`);
        expect(data).toMatchObject({ status: 'done', matched: events.length, delivered: events.length });
      });
      await eventually(() => {
        const own = stage.attempts.filter(({ replay_id }) => replay_id === id);
        expect(own.map(({ attempt, reason }) => [attempt, reason])).toEqual(events.map(() => [2, 'replay']));
      });
      expect(stage.receiver.requests).toHaveLength(2 * events.length);
    },
  );
});

describe('what is read again after a kill', () => {
  it('is not sent beside its retry, where the webhook keeps no order: it was, and a dead row could stay', async () => {
    await service.rest().patch(`/webhooks/${webhookId}`, { ordering: 'none', retry_schedule: ['1h'] });
    // The first event holds the offset of the second one, which fails and is stored.
    stage.receiver.answer = ({ body }, response) => {
      if (body.includes('waits')) response.writeHead(400).end();
    };
    const events = ['held', 'waits'].map((username) => userEvent(username));
    await stage.topics.write(events.map((event) => ({ partition: 0, value: JSON.stringify(event) })));
    await eventually(async () => {
      const { data } = await service.rest().get<{ data: unknown[] }>('/deliveries?status=pending');
      expect(data.data).toHaveLength(1);
    });
    await service.kill();
    stage.receiver.answer = (_request, response) => void response.end();
    service = await stage.startService();
    await eventually(async () => {
      expect(await stage.topics.committed()).toBe(2);
    });
    expect(stage.attempts.map(({ username, attempt }) => [username, attempt]).sort()).toEqual([
      ['held', 1],
      ['waits', 1],
    ]);
    const { data } = await service.rest().get<{ data: unknown[] }>('/deliveries?status=pending');
    expect(data.data).toHaveLength(1);
  });
});

describe('what was delivered', () => {
  it('is resent, its attempts counted on within the delivery; they began at 1 again', async () => {
    await delivered([userEvent('jdoe')]);
    const { delivery_id: deliveryId } = stage.attempts[0] ?? { delivery_id: '' };
    const known = async (count: number): Promise<void> => {
      await eventually(async () => {
        const { data } = await service.rest().get<{ attempts: unknown[] }>(`/deliveries/${deliveryId}`);
        expect(data.attempts).toHaveLength(count);
      });
    };
    await known(1);
    await ended((await wished(`/deliveries/${deliveryId}/resend`)).id);
    await known(2);
    // The retry schedule begins anew: one that fails is tried once more.
    stage.receiver.answer = (_request, response) =>
      void response.writeHead(stage.receiver.requests.length === 3 ? 500 : 200).end();
    const { id } = await wished(`/deliveries/${deliveryId}/resend`);
    await known(4);
    const own = stage.attempts.map(({ attempt, outcome, reason }) => [attempt, outcome, reason]);
    expect(own).toEqual([
      [1, 'delivered', 'event'],
      [2, 'delivered', 'resend'],
      [3, 'failed', 'resend'],
      [4, 'delivered', 'resend'],
    ]);
    expect(await ended(id)).toMatchObject({ matched: 1, delivered: 1, failed: 0 });
  });
});

describe('what was given up', () => {
  it('and is delivered by a replay, is not given up any more', async () => {
    stage.receiver.answer = (_request, response) => void response.writeHead(400).end();
    const events = eventsOf(10, 2, MODIFIED);
    await stage.topics.produce(...events);
    await eventually(async () => {
      const { data } = await service.rest().get<{ data: unknown[] }>('/deliveries?status=exhausted');
      expect(data.data).toHaveLength(events.length);
    });
    stage.receiver.answer = (_request, response) => void response.end();
    const { id } = await wished(`/webhooks/${webhookId}/replay`, ALL);
    expect(await ended(id)).toMatchObject({ delivered: events.length, exhausted: 0 });
    await eventually(async () => {
      const { data } = await service.rest().get<{ data: { status: string }[] }>('/deliveries');
      expect(data.data.map(({ status }) => status)).toEqual(events.map(() => 'delivered'));
    });
    const recovery = { since: ALL.from, dry_run: true };
    expect(await wished(`/webhooks/${webhookId}/recover`, recovery)).toMatchObject({ matched: 0 });
  });

  it('just before a replay delivers it, is not given up any more: dead rows were known only after 2 seconds', async () => {
    await service.rest().patch(`/webhooks/${webhookId}`, { retry_schedule: [] });
    let refuse = (): void => undefined;
    stage.receiver.answer = (_request, response) => {
      if (stage.receiver.requests.length > 1) response.end();
      else refuse = () => void response.writeHead(400).end();
    };
    await stage.topics.produce(userEvent('jdoe'));
    await eventually(() => {
      expect(stage.receiver.requests).toHaveLength(1);
    });
    const { id } = await wished(`/webhooks/${webhookId}/replay`, ALL);
    await eventually(async () => {
      const { data } = await service.rest().get<Replay>(`/replays/${id}`);
      expect(data).toMatchObject({ total: 1, matched: 0, status: 'running' });
    });
    refuse();
    expect(await ended(id)).toMatchObject({ delivered: 1, exhausted: 0 });
    expect(stage.attempts.map(({ outcome }) => outcome)).toEqual(['exhausted', 'delivered']);
    const recovery = { since: ALL.from, dry_run: true };
    expect(await wished(`/webhooks/${webhookId}/recover`, recovery)).toMatchObject({ matched: 0 });
  });

  it('is recovered in order, each attempt counted on within its delivery', async () => {
    stage.receiver.answer = (_request, response) => void response.writeHead(400).end();
    const events = eventsOf(10, 4, MODIFIED);
    await stage.topics.produce(...events);
    await eventually(() => {
      expect(stage.attempts.filter(({ outcome }) => outcome === 'exhausted')).toHaveLength(events.length);
    });
    stage.receiver.answer = (_request, response) => void response.end();
    const before = stage.receiver.requests.length;
    const one = stage.attempts.find(({ outcome }) => outcome === 'exhausted');
    const resent = await wished(`/deliveries/${one?.delivery_id ?? ''}/resend`);
    expect(await ended(resent.id)).toMatchObject({ kind: 'resend', matched: 1 });
    await eventually(() => {
      expect(stage.receiver.requests).toHaveLength(before + 1);
    });
    const { id } = await wished(`/webhooks/${webhookId}/recover`, { since: ALL.from });
    await ended(id);
    await eventually(async () => {
      const { data } = await service.rest().get<Replay>(`/replays/${id}`);
      expect(data).toMatchObject({ matched: events.length - 1, delivered: events.length - 1, exhausted: 0 });
    });
    const again = sentAfter(before + 1);
    for (const user of new Set(again.map(([name]) => name))) {
      const indexes = again.filter(([name]) => name === user).map(([, index]) => Number(index));
      expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
    }
    await eventually(() => {
      const own = stage.attempts.filter(({ replay_id }) => replay_id === id);
      expect(own.map(({ attempt, reason }) => [attempt, reason])).toEqual(own.map(() => [3, 'resend']));
      expect(own).toHaveLength(events.length - 1);
    });
  });
});
