/**
 * How a delivery is listed while it waits: it keeps its place, which is that of its first attempt on the results topic, and it
 * says the true reason.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent, type UserEventValue } from '../support/topics.ts';

interface Listed {
  readonly id: string;
  readonly username: string;
  readonly status: string;
  readonly attempt_count: number;
  readonly created_at: string;
  readonly last_attempt_at: string | null;
  readonly next_attempt_at: string | null;
  readonly status_code: number | null;
  readonly waits_for: { readonly reason: string; readonly until?: string } | null;
}

let stage: Stage;
let service: Service;

beforeAll(async () => {
  stage = await Stage.set();
  service = await stage.startService();
});

afterAll(() => stage.strike());

async function list(webhookId: string, query: Record<string, string> = {}): Promise<readonly Listed[]> {
  const params = { webhook_id: webhookId, limit: '100', ...query };
  const { data } = await service.rest().get<{ data: Listed[] }>('/deliveries', { params });
  return data.data;
}

function answerAll(status: number): void {
  stage.receiver.answer = (_request, response) => void response.writeHead(status).end();
}

/** @returns one event of each user, that are on the events topic now. */
async function produced(users: string, count: number): Promise<UserEventValue[]> {
  const events = Array.from({ length: count }, (_, user) => userEvent(`${users}${user}`));
  await stage.topics.produce(...events);
  return events;
}

/** When each of its deliveries was first attempted, by the results topic. */
function firstAttempts(webhookId: string): Map<string, string> {
  const first = new Map<string, string>();
  for (const { webhook_id, delivery_id, started_at } of stage.attempts) {
    const before = first.get(delivery_id);
    if (webhook_id === webhookId && (before === undefined || started_at < before))
      first.set(delivery_id, started_at);
  }
  return first;
}

it('one that waits for a failing endpoint says so, and not that memory is short, as it did at first', async () => {
  answerAll(500);
  const webhookId = await service.createWebhook({
    url: stage.receiver.url('/fails'),
    retry_schedule: ['1h'],
  });
  await produced('a', 60);
  const reasons = new Set<string>();
  await eventually(async () => {
    const waiting = await list(webhookId, { status: 'waiting' });
    for (const { waits_for } of waiting) if (waits_for) reasons.add(waits_for.reason);
    expect(waiting.length).toBeGreaterThan(0);
    expect(waiting.filter(({ waits_for }) => waits_for?.reason !== 'breaker')).toEqual([]);
  });
  expect([...reasons]).toEqual(['breaker']);
  // Those that were under way when the breaker opened were stored during their request.
  await eventually(async () => {
    const first = firstAttempts(webhookId);
    const failed = await list(webhookId, { status: 'pending' });
    expect(failed.length).toBeGreaterThanOrEqual(10);
    expect(failed.map(({ id, created_at }) => [id, created_at])).toEqual(
      failed.map(({ id }) => [id, first.get(id)]),
    );
  });
});

it('one of a webhook that was deleted is given up, and has no next attempt', async () => {
  answerAll(422);
  const webhookId = await service.createWebhook({ url: stage.receiver.url('/gone'), retry_schedule: ['1h'] });
  await produced('b', 3);
  const listed = async (status: string): Promise<readonly Listed[]> => {
    return eventually(async () => {
      const found = (await list(webhookId)).filter((one) => one.status === status && one.status_code === 422);
      expect(found).toHaveLength(3);
      return found;
    });
  };
  expect((await listed('pending')).map(({ next_attempt_at }) => next_attempt_at)).not.toContain(null);
  await service.rest().delete(`/webhooks/${webhookId}`);
  expect((await listed('exhausted')).map(({ next_attempt_at }) => next_attempt_at)).toEqual([
    null,
    null,
    null,
  ]);
});

it('one that is sent again and fails keeps its place and its attempts: it went to the top, as if it were new', async () => {
  answerAll(200);
  const webhookId = await service.createWebhook({
    url: stage.receiver.url('/again'),
    retry_schedule: ['1h'],
  });
  const range = { from: new Date().toISOString(), to: '2040-01-01T00:00:00Z' };
  const events = [...(await produced('c', 10)), ...(await produced('c', 10))];
  const before = await eventually(async () => {
    const found = await list(webhookId);
    expect(found.map(({ status }) => status)).toEqual(events.map(() => 'delivered'));
    return found;
  });
  answerAll(422);
  const [resent] = before;
  expect((await service.rest().post(`/deliveries/${resent?.id ?? ''}/resend`)).status).toBe(202);
  const places = before.map(({ id, created_at }) => [id, created_at]);
  await eventually(async () => {
    const found = await list(webhookId);
    expect(found.map(({ id, created_at }) => [id, created_at])).toEqual(places);
    expect(found[0]).toMatchObject({ status: 'pending', attempt_count: 2, status_code: 422 });
  });
  expect((await service.rest().post(`/webhooks/${webhookId}/replay`, range)).status).toBe(202);
  const again = await eventually(async () => {
    const found = await list(webhookId);
    expect(found.map(({ id, created_at }) => [id, created_at])).toEqual(places);
    // Of each user the first one fails, and the other waits behind it.
    expect(
      found.filter(({ status, status_code }) => status === 'pending' && status_code === 422),
    ).toHaveLength(10);
    return found;
  });
  for (const { status, attempt_count, status_code, last_attempt_at } of again.filter(
    ({ id }) => id !== resent?.id,
  )) {
    const expected =
      status === 'waiting' ? { attempt_count: 1, status_code: 200 } : { attempt_count: 2, status_code: 422 };
    expect({ attempt_count, status_code }).toEqual(expected);
    expect(last_attempt_at).not.toBeNull();
  }
});
