/** A webhook gets what the log has before what is live, over pauses, kill -9 and instances that come and go. */
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { Load } from '../support/load.ts';
import type { ReceivedRequest } from '../support/receiver.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { eventsOf } from '../support/topics.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.set();
});

afterEach(() => stage.strike());

function ids(requests: readonly ReceivedRequest[]): Set<string> {
  return new Set(requests.map(({ headers }) => String(headers['webhook-id'])));
}

async function webhook(service: Service, id: string): Promise<Record<string, unknown>> {
  const { data } = await service.rest().get<Record<string, unknown>>(`/webhooks/${id}`);
  return data;
}

async function rowsOf(table: string): Promise<number> {
  const client = new pg.Client({ connectionString: stage.database.url });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>(`SELECT count(*)::integer AS count FROM ${table}`);
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}

describe('a webhook that starts from the earliest event', () => {
  it('gets all that the log has in order and then what is live, while more arrive, over two kills', async () => {
    const first = await stage.startService();
    await first.createWebhook({ url: stage.receiver.url('/other') });
    const before = eventsOf(200, 25);
    await stage.topics.produceInLots(before);
    await eventually(() => {
      expect(ids(stage.receiver.of('/other')).size).toBe(before.length);
    });
    const load = new Load(stage.topics, { users: 200, perSecond: 500 });
    const late = await first.createWebhook({ url: stage.receiver.url('/late'), start_from: 'earliest' });
    for (const count of [1_000, 3_000]) {
      await eventually(() => {
        expect(ids(stage.receiver.of('/late')).size).toBeGreaterThan(count);
      });
      for (const service of stage.running) await service.kill();
      await stage.startService();
    }
    const [service] = stage.running;
    if (!service) throw new Error('no service runs');
    await eventually(async () => {
      expect(await webhook(service, late)).toMatchObject({ status: 'healthy', behind: null });
    });
    const events = [...before, ...(await load.stop())];
    await eventually(() => {
      stage.check(late, events, stage.receiver.of('/late'));
    });
    const own = stage.attempts.filter(({ webhook_id }) => webhook_id === late);
    expect(new Set(own.map(({ reason }) => reason))).toEqual(new Set(['event']));
    expect(
      new Set(own.filter(({ replay_id }) => replay_id !== null).map(({ replay_id }) => replay_id)).size,
    ).toBe(1);
    expect(await rowsOf('cursors')).toBe(0);
  });
});

describe('a webhook that is paused', () => {
  it('leaves what comes in the log, and gets all of it in order when it is resumed', async () => {
    const service = await stage.startService();
    const id = await service.createWebhook({ url: stage.receiver.url() });
    const warm = eventsOf(50, 4);
    await stage.topics.produceInLots(warm);
    await eventually(() => {
      expect(ids(stage.receiver.requests).size).toBe(warm.length);
    });
    await service.rest().patch(`/webhooks/${id}`, { paused: true });
    const meanwhile = eventsOf(50, 200);
    await stage.topics.produceInLots(meanwhile);
    await eventually(async () => {
      expect(await stage.topics.committed()).toBe(warm.length + meanwhile.length);
      expect(await webhook(service, id)).toMatchObject({
        status: 'paused',
        behind: { events: meanwhile.length, read: null },
      });
    });
    expect(await rowsOf('retries')).toBe(0);
    expect(await rowsOf('cursors')).toBeLessThanOrEqual(8);
    expect(ids(stage.receiver.requests).size).toBe(warm.length);
    await service.stop();
    const second = await stage.startService();
    expect(ids(stage.receiver.requests).size).toBe(warm.length);
    await second.rest().patch(`/webhooks/${id}`, { paused: false });
    const after = eventsOf(50, 4);
    await stage.topics.produceInLots(after);
    const events = [...warm, ...meanwhile, ...after];
    await eventually(() => {
      expect(stage.check(id, events, stage.receiver.requests)).toBe(0);
    });
    await eventually(async () => {
      expect(await webhook(second, id)).toMatchObject({ status: 'healthy', behind: null });
    });
  });
});
