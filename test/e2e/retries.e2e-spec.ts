/** Deliveries that fail wait in Postgres: schedule, order, exhaustion, disabling, enabling, breaker, limits. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import type { Attempt } from '../../src/model/attempt.ts';
import { eventually } from '../support/eventually.ts';
import { Receiver } from '../support/receiver.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent, type UserEventValue } from '../support/topics.ts';
import { PATIENT_SCHEDULE } from '../support/traffic.ts';

interface WebhookView {
  readonly enabled: boolean;
  readonly status: string;
  readonly failing_since: string | null;
  readonly disabled_reason: string | null;
  readonly pending_count: number;
}

let stage: Stage;
let service: Service;

beforeEach(async () => {
  stage = await Stage.set({ RETRY_SCHEDULE: '200ms,300ms,400ms' });
  service = await stage.startService();
});

afterEach(() => stage.strike());

async function read(webhookId: string): Promise<WebhookView> {
  return (await service.rest().get<WebhookView>(`/webhooks/${webhookId}`)).data;
}

async function rows(): Promise<Record<string, number>> {
  const counts = new Map<string, number>();
  await withClient(stage.database.url, async (client) => {
    const result = await client.query<{ status: string; count: string }>(
      'SELECT status, count(*) FROM retries GROUP BY status',
    );
    for (const { status, count } of result.rows) counts.set(status, Number(count));
  });
  return Object.fromEntries(counts);
}

function attemptsOf(eventId: string): Attempt[] {
  return stage.attempts.filter(({ event_id }) => event_id === eventId);
}

function receivedIds(path?: string): string[] {
  const requests = path === undefined ? stage.receiver.requests : stage.receiver.of(path);
  return requests.map(({ headers }) => String(headers['webhook-id']));
}

/** Answers 400 to these events, which tells nothing of the endpoint, and 200 to others. */
function refuse(ids: ReadonlySet<string>): void {
  stage.receiver.answer = (request, response) =>
    void response.writeHead(ids.has(String(request.headers['webhook-id'])) ? 400 : 200).end();
}

describe('the schedule', () => {
  it('is followed, then the delivery is given up and the next of the user goes on', async () => {
    const id = await service.createWebhook({ url: stage.receiver.url() });
    refuse(new Set(['doomed']));
    await stage.topics.produce(userEvent('jdoe', { id: 'doomed' }), userEvent('jdoe', { id: 'next' }));
    await eventually(() => {
      expect(attemptsOf('next')).toHaveLength(1);
    });
    const attempts = attemptsOf('doomed');
    expect(attempts.map(({ attempt, outcome, reason }) => [attempt, outcome, reason])).toEqual([
      [1, 'failed', 'event'],
      [2, 'failed', 'retry'],
      [3, 'failed', 'retry'],
      [4, 'exhausted', 'retry'],
    ]);
    expect(attempts.at(-1)?.next_attempt_at).toBeNull();
    for (const [index, { next_attempt_at: due }] of attempts.slice(0, 3).entries()) {
      // The due time is the database's, this process' clock reads it: one and the same machine here.
      expect(Date.parse(attempts[index + 1]?.started_at ?? '')).toBeGreaterThan(Date.parse(due ?? '') - 100);
    }
    expect(receivedIds().filter((one) => one === 'doomed')).toHaveLength(4);
    expect(receivedIds().at(-1)).toBe('next');
    await eventually(async () => {
      expect(await rows()).toEqual({ dead: 1 });
      expect(await read(id)).toMatchObject({ status: 'healthy', pending_count: 0 });
    });
  });

  it('of a webhook overrides that of the service', async () => {
    await service.createWebhook({ url: stage.receiver.url(), retry_schedule: [] });
    refuse(new Set(['once']));
    await stage.topics.produce(userEvent('jdoe', { id: 'once' }));
    await eventually(() => {
      expect(attemptsOf('once').map(({ outcome }) => outcome)).toEqual(['exhausted']);
    });
  });

  it.each([
    ['seconds', () => '2'],
    ['a date', () => new Date(Date.now() + 3_000).toUTCString()],
  ])('waits longer when 429 asks for it, in %s', async (_form, retryAfter) => {
    await service.createWebhook({ url: stage.receiver.url() });
    let first = true;
    stage.receiver.answer = (_request, response) => {
      if (first) response.writeHead(429, { 'Retry-After': retryAfter() }).end();
      else response.end();
      first = false;
    };
    await stage.topics.produce(userEvent('jdoe', { id: 'patient' }));
    await eventually(() => {
      expect(attemptsOf('patient').map(({ outcome }) => outcome)).toEqual(['failed', 'delivered']);
    });
    const [failed, delivered] = attemptsOf('patient');
    const waited = Date.parse(delivered?.started_at ?? '') - Date.parse(failed?.started_at ?? '');
    expect(waited).toBeGreaterThan(1_500);
  });
});

describe('order', () => {
  it('is kept for one user while others, and other webhooks, go on', async () => {
    const id = await service.createWebhook({ url: stage.receiver.url('/w1') });
    await service.createWebhook({ url: stage.receiver.url('/w2') });
    let refusing = true;
    stage.receiver.answer = (request, response) => {
      const refused = refusing && request.path === '/w1' && request.body.includes('"jdoe"');
      response.writeHead(refused ? 400 : 200).end();
    };
    await service
      .rest()
      .patch(`/webhooks/${id}`, { retry_schedule: Array.from({ length: 40 }, () => '200ms') });
    const events: UserEventValue[] = [];
    for (let index = 0; index < 30; index += 1) {
      events.push(userEvent('jdoe', { id: `jdoe-${index}` }), userEvent('ann', { id: `ann-${index}` }));
    }
    await stage.topics.produce(...events);
    await eventually(async () => {
      expect(receivedIds('/w2')).toHaveLength(60);
      expect(receivedIds('/w1').filter((one) => one.startsWith('ann'))).toHaveLength(30);
      expect(await stage.topics.committed()).toBe(60);
      expect((await read(id)).pending_count).toBe(30);
    });
    expect(new Set(receivedIds('/w1').filter((one) => one.startsWith('jdoe')))).toEqual(new Set(['jdoe-0']));
    refusing = false;
    await eventually(async () => {
      expect((await read(id)).pending_count).toBe(0);
      stage.check(id, events, stage.receiver.of('/w1'));
    });
  });

  it('is given up where the webhook says so', async () => {
    await service.createWebhook({ url: stage.receiver.url(), ordering: 'none' });
    refuse(new Set(['first']));
    await stage.topics.produce(userEvent('jdoe', { id: 'first' }), userEvent('jdoe', { id: 'second' }));
    await eventually(() => {
      expect(attemptsOf('first').length).toBeGreaterThan(1);
      expect(attemptsOf('second')).toHaveLength(1);
    });
    expect(receivedIds().indexOf('second')).toBeLessThan(receivedIds().lastIndexOf('first'));
  });

  it('survives a restart in the middle, with new events arriving meanwhile', async () => {
    const id = await service.createWebhook({
      url: stage.receiver.url(),
      retry_schedule: Array.from({ length: 40 }, () => '300ms'),
    });
    const blocked = new Set(['e-0']);
    refuse(blocked);
    const events = Array.from({ length: 40 }, (_, index) =>
      userEvent(index % 2 ? 'jdoe' : 'ann', { id: `e-${index}` }),
    );
    await stage.topics.produce(...events.slice(0, 20));
    await eventually(async () => {
      expect((await read(id)).pending_count).toBe(10);
    });
    await service.stop();
    service = await stage.startService();
    await stage.topics.produce(...events.slice(20));
    await eventually(async () => {
      expect((await read(id)).pending_count).toBe(20);
    });
    blocked.clear();
    await eventually(async () => {
      expect((await read(id)).pending_count).toBe(0);
      expect(stage.check(id, events, stage.receiver.requests)).toBe(0);
    });
  });
});

describe('an event id that is on the topic twice', () => {
  it('is that of two deliveries, and does not keep everything else from being stored: the second was dropped without a word', async () => {
    const id = await service.createWebhook({
      url: stage.receiver.url(),
      retry_schedule: PATIENT_SCHEDULE.split(','),
    });
    const refused = new Set(['twice', 'other']);
    refuse(refused);
    const twice = userEvent('jdoe', { id: 'twice' });
    await stage.topics.produce(twice, twice, userEvent('ann', { id: 'other' }));
    await eventually(async () => {
      expect(await stage.topics.committed()).toBe(3);
    });
    refused.clear();
    await eventually(async () => {
      expect(await rows()).toEqual({});
    });
    const delivered = stage.attempts.filter(({ outcome }) => outcome === 'delivered');
    expect(delivered.map(({ event_id }) => event_id).sort()).toEqual(['other', 'twice', 'twice']);
    expect((await read(id)).pending_count).toBe(0);
  });

  it('of another user and type is sent as it is: the given-up one was sent in its place', async () => {
    await service.createWebhook({ url: stage.receiver.url(), retry_schedule: [] });
    const refused = new Set(['same']);
    refuse(refused);
    await stage.topics.produce(userEvent('jdoe', { id: 'same' }));
    await eventually(() => {
      expect(attemptsOf('same').map(({ outcome }) => outcome)).toEqual(['exhausted']);
    });
    refused.clear();
    stage.receiver.requests.length = 0;
    await stage.topics.produce({ ...userEvent('ann', { id: 'same' }), type: 'user_deleted' });
    await eventually(() => {
      expect(attemptsOf('same').map(({ outcome }) => outcome)).toEqual(['exhausted', 'delivered']);
    });
    expect(stage.receiver.requests.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { username: 'ann' },
    ]);
    expect(stage.receiver.requests[0]?.headers['x-defguard-event']).toBe('user_deleted');
  });
});

describe('a webhook', () => {
  it('is disabled when its receiver is gone, and when it is enabled again what waited is due', async () => {
    const id = await service.createWebhook({ url: stage.receiver.url() });
    refuse(new Set(['waits']));
    await service.rest().patch(`/webhooks/${id}`, { retry_schedule: ['30d'] });
    await stage.topics.produce(userEvent('jdoe', { id: 'waits' }));
    await eventually(async () => {
      expect(await read(id)).toMatchObject({ status: 'failing', pending_count: 1 });
    });
    const { failing_since } = await read(id);
    expect(Date.now() - Date.parse(failing_since ?? '')).toBeLessThan(60_000);
    stage.receiver.answer = (_request, response) => void response.writeHead(410).end();
    await stage.topics.produce(userEvent('ann', { id: 'gone' }));
    await eventually(async () => {
      const webhook = await read(id);
      expect(webhook).toMatchObject({ enabled: false, status: 'disabled', pending_count: 1 });
      expect(webhook.disabled_reason).toContain('410');
    });
    // REST may show it before matching knows. A change through REST brings all that is stored into use.
    await service.rest().patch(`/webhooks/${id}`, { description: 'known to be disabled' });
    await stage.topics.produce(userEvent('bob', { id: 'unwanted' }));
    await eventually(async () => {
      expect(await stage.topics.committed()).toBe(3);
    });
    stage.receiver.answer = (_request, response) => void response.end();
    await service.rest().patch(`/webhooks/${id}`, { enabled: true });
    await eventually(async () => {
      expect(attemptsOf('waits').at(-1)?.outcome).toBe('delivered');
      expect(await read(id)).toMatchObject({
        status: 'healthy',
        failing_since: null,
        disabled_reason: null,
        pending_count: 0,
      });
    });
    expect(attemptsOf('gone').map(({ outcome }) => outcome)).toEqual(['exhausted']);
    expect(attemptsOf('unwanted')).toEqual([]);
  });

  it('that has only failed for five days is disabled when a delivery is given up', async () => {
    const id = await service.createWebhook({ url: stage.receiver.url() });
    refuse(new Set(['first', 'last']));
    await stage.topics.produce(userEvent('jdoe', { id: 'first' }));
    await eventually(async () => {
      expect(attemptsOf('first').at(-1)?.outcome).toBe('exhausted');
      expect(await read(id)).toMatchObject({ enabled: true, status: 'failing' });
    });
    await withClient(stage.database.url, async (client) => {
      await client.query("UPDATE webhook_health SET failing_since = now() - interval '121 hours'");
    });
    await stage.topics.produce(userEvent('jdoe', { id: 'last' }));
    await eventually(async () => {
      const webhook = await read(id);
      expect(webhook).toMatchObject({ enabled: false, status: 'disabled' });
      expect(webhook.disabled_reason).toContain('failed since');
    });
  });

  it('takes its rows along when it is deleted', async () => {
    const id = await service.createWebhook({ url: stage.receiver.url(), retry_schedule: ['30d'] });
    refuse(new Set(['waits']));
    await stage.topics.produce(userEvent('jdoe', { id: 'waits' }), userEvent('jdoe', { id: 'behind' }));
    await eventually(async () => {
      expect(await rows()).toEqual({ pending: 1, waiting: 1 });
    });
    expect((await service.rest().delete(`/webhooks/${id}`)).status).toBe(204);
    expect(await rows()).toEqual({});
  });
});

describe('an endpoint that is down', () => {
  it('is left alone by its breaker; its backlog drains in order when it is back', async () => {
    const gone = await Receiver.start();
    const { port } = gone;
    await gone.close();
    const id = await service.createWebhook({
      url: `http://127.0.0.1:${port}/`,
      retry_schedule: Array.from({ length: 50 }, () => '300ms'),
    });
    const events = Array.from({ length: 400 }, (_, index) =>
      userEvent(`user-${index % 40}`, { id: `e-${index}` }),
    );
    await stage.topics.produce(...events);
    await eventually(async () => {
      expect(await stage.topics.committed()).toBe(events.length);
      expect((await read(id)).pending_count).toBe(events.length);
    });
    expect(stage.attempts.length).toBeLessThan(events.length / 2);
    const back = await Receiver.start(port);
    await eventually(async () => {
      expect((await read(id)).pending_count).toBe(0);
      stage.check(id, events, back.requests);
    });
    await back.close();
  });
});

describe('limits of a webhook', () => {
  it('hold for fresh deliveries and retries: requests at once, and a second', async () => {
    let atOnce = 0;
    let most = 0;
    const startedAt: number[] = [];
    const failed = new Set<string>();
    stage.receiver.answer = async (request, response) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      startedAt.push(request.at);
      await new Promise((resolve) => setTimeout(resolve, 20));
      atOnce -= 1;
      const id = String(request.headers['webhook-id']);
      const fails = !failed.has(id) && Number(id) % 5 === 0;
      failed.add(id);
      response.writeHead(fails ? 400 : 200).end();
    };
    const id = await service.createWebhook({
      url: stage.receiver.url(),
      max_in_flight: 3,
      rate_limit_per_second: 20,
    });
    const events = Array.from({ length: 60 }, (_, index) =>
      userEvent(`user-${index}`, { id: String(index) }),
    );
    await stage.topics.produce(...events);
    await eventually(() => {
      stage.check(id, events, stage.receiver.requests);
    });
    expect(most).toBeLessThanOrEqual(3);
    // One second's worth at once, then 20 a second: 72 requests cannot take less than 2.6 s.
    expect(startedAt).toHaveLength(72);
    expect(Math.max(...startedAt) - Math.min(...startedAt)).toBeGreaterThan(2_400);
  });
});
