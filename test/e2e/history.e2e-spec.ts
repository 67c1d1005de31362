/** The history of a running service: what is on the results topic is found by REST, and what waits, too. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { ADMIN_TOKEN, type Service } from '../support/service.ts';
import { eventually } from '../support/eventually.ts';
import { Stage } from '../support/stage.ts';
import { userEvent, type UserEventValue } from '../support/topics.ts';
import { STORE } from '../../src/history/store-attempts.ts';
import type { Attempt } from '../../src/model/attempt.ts';

interface Listed {
  id: string;
  webhook_id: string;
  event_id: string;
  username: string | null;
  status: string;
  attempt_count: number;
  created_at: string;
  next_attempt_at: string | null;
  waits_for: { reason: string; delivery_id?: string } | null;
  status_code: number | null;
  error_code: string | null;
}

let stage: Stage;
let service: Service;
let good: string;
let bad: string;
const events: UserEventValue[] = [];

beforeAll(async () => {
  stage = await Stage.set({ VIEWER_TOKEN: 'viewer-token-0123456789' });
  service = await stage.startService();
  // A 4xx is about one request: no breaker opens.
  stage.receiver.answer = ({ path }, response) => {
    response.statusCode = path === '/bad' ? 422 : 200;
    response.end('ok');
  };
  good = await service.createWebhook({ url: stage.receiver.url('/good') });
  bad = await service.createWebhook({ url: stage.receiver.url('/bad'), retry_schedule: ['1h'] });
  for (let user = 0; user < 20; user += 1) {
    for (let event = 0; event < 3; event += 1)
      events.push(userEvent(`user${user}`, { type: 'user_modified' }));
  }
  await stage.topics.produce(...events);
  await eventually(async () => {
    // 60 delivered; of each user the first fails, and the others wait behind it.
    expect(stage.attempts).toHaveLength(80);
    expect(await list({ limit: '100' })).toHaveLength(100);
    expect(await list({ webhook_id: good, limit: '100' })).toHaveLength(60);
    await inHistory();
  });
});

afterAll(async () => {
  await stage.strike();
});

/** Waiting deliveries are listed before anything of them is read: this is until all of the topic was. */
async function inHistory(): Promise<void> {
  await withClient(stage.database.url, async (client) => {
    const { rows } = await client.query<{ ids: string[] }>('SELECT array_agg(id::text) AS ids FROM attempts');
    expect(rows[0]?.ids).toEqual(expect.arrayContaining(stage.attempts.map(({ id }) => id)));
  });
}

async function page(
  query: Record<string, string>,
): Promise<{ data: Listed[]; next_cursor: string | null; searched_back_to: string | null }> {
  const { status, data } = await service
    .rest('viewer-token-0123456789')
    .get<unknown>('/deliveries', { params: query });
  expect([status, data]).toEqual([200, expect.anything()]);
  return data as { data: Listed[]; next_cursor: string | null; searched_back_to: string | null };
}

/** All pages, each delivery once, in order. */
async function list(query: Record<string, string>): Promise<Listed[]> {
  const found: Listed[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const answer = await page({ ...query, ...(cursor === '' ? {} : { cursor }) });
    found.push(...answer.data);
    cursor = query['limit'] === undefined ? answer.next_cursor : null;
  }
  expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
  expect(found.map(({ created_at }) => created_at)).toEqual(
    found
      .map(({ created_at }) => created_at)
      .toSorted()
      .toReversed(),
  );
  return found;
}

const ids = (attempts: readonly Attempt[]): string[] =>
  [...new Set(attempts.map(({ delivery_id }) => delivery_id))].toSorted();

describe('lists agree with the topic', () => {
  it('by status: delivered, pending, and waiting behind an earlier one', async () => {
    const delivered = await list({ status: 'delivered' });
    expect(delivered.map(({ id }) => id).toSorted()).toEqual(
      ids(stage.attempts.filter(({ outcome }) => outcome === 'delivered')),
    );
    const pending = await list({ status: 'pending' });
    const failed = stage.attempts.filter(({ outcome }) => outcome === 'failed');
    expect(pending.map(({ id }) => id).toSorted()).toEqual(ids(failed));
    for (const { id, created_at, next_attempt_at, status_code, error_code, attempt_count } of pending) {
      const attempt = failed.find(({ delivery_id }) => delivery_id === id);
      expect([created_at, status_code, error_code, attempt_count]).toEqual([
        attempt?.started_at,
        422,
        'http_status',
        1,
      ]);
      expect(next_attempt_at).not.toBeNull();
    }
    const waiting = await list({ status: 'waiting' });
    expect(waiting).toHaveLength(40);
    const before = new Map([...waiting, ...pending].map((one) => [one.id, one]));
    for (const { waits_for, username, event_id } of waiting) {
      expect(waits_for?.reason).toBe('earlier_delivery');
      const earlier = before.get(waits_for?.delivery_id ?? '');
      expect(earlier?.username).toBe(username);
      const ofUser = events.filter(({ data }) => data['username'] === username).map(({ id }) => id);
      expect(ofUser.indexOf(event_id)).toBe(ofUser.indexOf(earlier?.event_id ?? '') + 1);
    }
  });

  it('by webhook, user, event, trigger, error, answer and time, and by several of these', async () => {
    const all = await list({});
    expect(all).toHaveLength(120);
    const of = (query: Record<string, string>): Promise<number> => list(query).then(({ length }) => length);
    expect(await of({ webhook_id: bad })).toBe(60);
    expect(await of({ username: 'user7' })).toBe(6);
    expect(await of({ username: 'user7', webhook_id: good })).toBe(3);
    expect(await of({ username: 'user' })).toBe(0);
    expect(await of({ event_id: events[5]?.id ?? '' })).toBe(2);
    expect(await of({ trigger: 'user_modified' })).toBe(120);
    expect(await of({ trigger: 'user_created' })).toBe(0);
    expect(await of({ error_code: 'http_status' })).toBe(20);
    expect(await of({ error_code: 'http_status', webhook_id: good })).toBe(0);
    expect(await of({ status_code: '200', username: 'user3' })).toBe(3);
    expect(await of({ status_code: '422', status: 'pending,waiting' })).toBe(20);
    const middle = all[60]?.created_at ?? '';
    expect(await of({ since: middle })).toBe(all.filter(({ created_at }) => created_at >= middle).length);
    expect(await of({ until: middle })).toBe(all.filter(({ created_at }) => created_at < middle).length);
    expect(await of({ webhook_id: '019ab000-0000-7000-8000-000000000001' })).toBe(0);
  });

  it('page by page, stable while others arrive', async () => {
    const first = await page({ limit: '7' });
    await stage.topics.produce(userEvent('someone-else'));
    await eventually(async () => {
      expect(await list({ username: 'someone-else' })).toHaveLength(2);
      expect(stage.attempts).toHaveLength(82);
      await inHistory();
    });
    const found = [...first.data];
    let cursor = first.next_cursor;
    while (cursor !== null) {
      const next = await page({ limit: '7', cursor });
      found.push(...next.data);
      cursor = next.next_cursor;
    }
    expect(new Set(found.map(({ id }) => id)).size).toBe(120);
    expect(found).toHaveLength(120);
  });

  it('one delivery has its attempts as they are on the topic', async () => {
    const [pending] = await list({ status: 'pending', limit: '1' });
    const answer = await service.rest().get<{ attempts: Attempt[] }>(`/deliveries/${pending?.id ?? ''}`);
    expect(answer.status).toBe(200);
    expect(answer.data).toMatchObject(pending ?? {});
    const { attempts } = answer.data;
    const onTopic = stage.attempts.filter(({ delivery_id }) => delivery_id === pending?.id);
    expect(attempts.map((attempt) => ({ ...attempt, replay_id: null }))).toEqual(
      onTopic.map((attempt) => ({ ...attempt, replay_id: null })),
    );
    const [waiting] = await list({ status: 'waiting', limit: '1' });
    const unattempted = await service.rest().get(`/deliveries/${waiting?.id ?? ''}`);
    expect(unattempted.data).toMatchObject({ status: 'waiting', attempt_count: 0, attempts: [] });
    expect((await service.rest().get('/deliveries/019ab000-0000-7000-8000-000000000001')).status).toBe(404);
    expect((await service.rest().get('/deliveries/none')).status).toBe(404);
  });
});

it('statistics are those of the topic; what is not known is null', async () => {
  const answer = await service.rest().get<{
    hours: Record<string, unknown>[];
    now: { pending_count: number };
    complete_to: string | null;
  }>(`/webhooks/${bad}/stats`, { params: { hours: '3' } });
  const { hours, now, complete_to } = answer.data;
  const attempts = stage.attempts.filter(({ webhook_id }) => webhook_id === bad);
  const sum = (name: string): number => hours.reduce((total, hour) => total + Number(hour[name] ?? 0), 0);
  expect([sum('delivered'), sum('failed'), sum('exhausted')]).toEqual([0, attempts.length, 0]);
  expect(hours).toHaveLength(3);
  expect(hours[0]).toEqual({
    hour: expect.anything() as unknown,
    delivered: null,
    failed: null,
    exhausted: null,
    error_codes: null,
    duration_ms: null,
  });
  expect(now.pending_count).toBe(61);
  expect(Date.parse(complete_to ?? '')).toBeGreaterThan(Date.now() - 60_000);
  const each = await service.rest().get<Record<string, unknown>>('/stats/webhooks', {
    params: { hours: '3', webhook_id: [bad, '019ab000-0000-7000-8000-000000000001', bad].join(',') },
  });
  expect(each.data).toEqual({
    hours: hours.map(({ hour }) => hour),
    data: [
      {
        webhook_id: bad,
        delivered: hours.map(({ delivered }) => delivered),
        failed: hours.map(({ failed }) => failed),
        exhausted: hours.map(({ exhausted }) => exhausted),
      },
    ],
    complete_to: expect.any(String) as string,
  });
  expect((await service.rest().get('/stats/webhooks')).status).toBe(400);
  expect((await service.rest().get('/stats/webhooks', { params: { webhook_id: 'none' } })).status).toBe(400);
  expect((await service.rest().get('/webhooks/none/stats')).status).toBe(404);
  expect((await service.rest().get('/stats', { params: { hours: '0' } })).status).toBe(400);
});

it('minutes are those of the topic; one that was not counted, or not read to its end, is null and never 0', async () => {
  interface Minute {
    minute: string;
    delivered: number | null;
    failed: number | null;
    exhausted: number | null;
  }
  const read = async (): Promise<Minute[]> =>
    (await service.rest().get<{ minutes: Minute[] }>('/stats/minutes')).data.minutes;
  const sum = (minutes: Minute[]): number[] =>
    (['delivered', 'failed', 'exhausted'] as const).map((name) =>
      minutes.reduce((total, minute) => total + (minute[name] ?? 0), 0),
    );
  const counted = (['delivered', 'failed', 'exhausted'] as const).map(
    (name) => stage.attempts.filter(({ outcome }) => outcome === name).length,
  );
  const fresh = await read();
  expect(fresh).toHaveLength(60);
  expect(fresh[0]).toMatchObject({ delivered: null, failed: null, exhausted: null });
  await withClient(stage.database.url, async (client) => {
    // As if it had happened ten minutes ago, counted since twenty.
    await client.query(`
      UPDATE attempt_minutes SET minute = minute - CASE partition WHEN -1 THEN interval '20 min' ELSE interval '10 min' END`);
    await client.query("UPDATE history_positions SET first_read_at = first_read_at - interval '1 hour'");
    const counting = await read();
    expect(sum(counting)).toEqual(counted);
    const known = counting.flatMap(({ delivered }, at) => (delivered === null ? [] : [at]));
    expect(known.length).toBeGreaterThanOrEqual(19);
    expect(known.length).toBeLessThanOrEqual(22);
    await client.query(`
      INSERT INTO history_positions (topic, partition, next_offset, end_offset, first_read_at, read_to)
      VALUES ('late', 0, 1, 2, now() - interval '1 hour', now() - interval '15 min')`);
    const lagging = await read();
    expect(lagging.slice(-14).map(({ delivered }) => delivered)).toEqual(Array(14).fill(null));
    expect(lagging.filter(({ delivered }) => delivered === 0).length).toBeGreaterThan(2);
    await client.query("DELETE FROM history_positions WHERE topic = 'late'");
  });
});

it('a delivery that is tried again is listed once, in its latest state; a disabled webhook says so', async () => {
  const [pending] = await list({ username: 'user1', status: 'pending' });
  await service.rest().patch(`/webhooks/${bad}`, { enabled: false });
  const held = (await list({ username: 'user1', status: 'pending' })).find(({ id }) => id === pending?.id);
  expect(held?.waits_for).toEqual({ reason: 'disabled' });
  stage.receiver.answer = (_request, response) => void response.end('ok');
  await service.rest().patch(`/webhooks/${bad}`, { enabled: true });
  await eventually(async () => {
    const all = await list({ username: 'user1' });
    expect(all.map(({ status }) => status)).toEqual(all.map(() => 'delivered'));
    expect(all).toHaveLength(6);
    expect(all.find(({ id }) => id === pending?.id)).toMatchObject({
      attempt_count: 2,
      created_at: pending?.created_at,
    });
  });
  await eventually(async () => {
    expect(await list({ status: 'pending,waiting,exhausted' })).toEqual([]);
  });
});

it('records that are no results are passed over; a record that is there twice counts once', async () => {
  const producer = stage.topics.kafka.producer();
  await producer.connect();
  const [again] = stage.records;
  const odd = { ...again?.attempt, id: '0199ffff-ffff-7fff-bfff-ffffffffffff', started_at: 'yesterday' };
  await producer.send({
    topic: stage.topics.deliveries,
    messages: [
      { key: good, value: 'poison' },
      { key: good, value: null },
      { key: good, value: JSON.stringify(odd) },
      { key: good, value: JSON.stringify(again?.attempt) },
      {
        key: good,
        value: JSON.stringify({
          ...again?.attempt,
          id: again?.attempt.id.replace(/.{12}$/, '000000000001'),
          delivery_id: '6b1f3c1e-9a55-5d0b-9b1c-2f6c1d3b8a55',
          response_body: 'NUL \u0000 and \ud800',
          username: 'nul\u0000',
        }),
      },
    ],
  });
  await producer.disconnect();
  await eventually(async () => {
    expect(await list({ username: 'nul\ufffd' })).toHaveLength(1);
  });
  // PostgreSQL refuses such a parameter: that was an error of ours.
  expect(await list({ username: 'nul\0' })).toHaveLength(1);
  expect(await list({ event_id: '\0' })).toEqual([]);
  await withClient(stage.database.url, async (client) => {
    const { rows } = await client.query(
      'SELECT sum(passed_over)::integer AS passed, sum(lost)::integer AS lost FROM history_positions',
    );
    expect(rows).toEqual([{ passed: 3, lost: 0 }]);
    const counted = await client.query(
      'SELECT sum(delivered + failed + exhausted)::integer AS n FROM attempt_counts',
    );
    const minutes = await client.query(
      'SELECT sum(delivered + failed + exhausted)::integer AS n FROM attempt_minutes',
    );
    const stored = await client.query('SELECT count(*)::integer AS n FROM attempts');
    expect(counted.rows).toEqual(stored.rows);
    expect(minutes.rows).toEqual(stored.rows);
  });
});

it('a user is taken out of the history by an admin, and stays out when it is read again', async () => {
  const path = `/users/${encodeURIComponent('user2')}/history`;
  expect((await service.rest('viewer-token-0123456789').delete(path)).status).toBe(403);
  expect((await service.rest(ADMIN_TOKEN).delete(path)).status).toBe(204);
  expect(await list({ username: 'user2' })).toEqual([]);
  expect(await list({ username: 'user3' })).toHaveLength(6);
  const audit = await service.rest().get<{ data: unknown[] }>('/audit', {
    params: { action: 'user.history_erased' },
  });
  expect(audit.data.data).toMatchObject([{ webhook_id: null }]);
  expect(JSON.stringify(audit.data)).not.toContain('user2');
  expect((await service.rest().delete('/users/nobody%00/history')).status).toBe(204);
  const before = (await list({})).length;
  await withClient(stage.database.url, (client) => client.query('DELETE FROM history_positions'));
  await eventually(async () => {
    await withClient(stage.database.url, async (client) => {
      const { rows } = await client.query(
        'SELECT sum(next_offset)::integer AS read FROM history_positions HAVING sum(next_offset) >= $1',
        [stage.records.length],
      );
      expect(rows).toHaveLength(1);
    });
  });
  expect(await list({ username: 'user2' })).toEqual([]);
  expect((await list({})).length).toBe(before);
});

it('looks a delivery up by its id, not by all ids of the day: each result took longer than the one before', async () => {
  await withClient(stage.database.url, async (client) => {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN (GENERIC_PLAN) ${STORE.text}`);
    const plan = rows.map((row) => row['QUERY PLAN']);
    const conditions = plan.filter((line) => /Index Cond: .*from_id/.test(line));
    expect(conditions.length, plan.join('\n')).toBeGreaterThan(0);
    expect(conditions.filter((line) => !line.includes('delivery_id ='))).toEqual([]);
  });
});
