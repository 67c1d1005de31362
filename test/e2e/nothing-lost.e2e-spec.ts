/** Nothing is lost and a user's events stay in order: over a late start, a slow receiver, kill -9 and a graceful stop. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { Stage } from '../support/stage.ts';
import { eventsOf, userEvent } from '../support/topics.ts';

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.set();
});

afterEach(() => stage.strike());

function receivedIds(): Set<string> {
  return new Set(stage.receiver.requests.map(({ headers }) => String(headers['webhook-id'])));
}

describe('the first start', () => {
  it('reads what was produced before the group existed', async () => {
    const early = await stage.startService();
    const webhookId = await early.createWebhook({ url: stage.receiver.url() });
    await early.stop();
    const other = { KAFKA_GROUP_ID: `${stage.topics.group}-new` };
    const events = eventsOf(10, 10);
    await stage.topics.produce(...events);
    await stage.startService(other);
    await eventually(() => {
      expect(receivedIds().size).toBe(events.length);
      expect(stage.attempts).toHaveLength(events.length);
    });
    expect(stage.check(webhookId, events, stage.receiver.requests)).toBe(0);
  });
});

describe('kill -9 in the middle of 10,000 events', () => {
  it('loses none, keeps the order per user, and has every delivery on the results topic', async () => {
    const first = await stage.startService();
    const webhookId = await first.createWebhook({ url: stage.receiver.url() });
    const events = eventsOf(200, 50);
    await stage.topics.produceInLots(events);
    for (const share of [0.2, 0.5, 0.8]) {
      await eventually(() => {
        expect(receivedIds().size).toBeGreaterThan(events.length * share);
      });
      for (const service of stage.running) await service.kill();
      await stage.startService();
    }
    await eventually(() => {
      expect(receivedIds().size).toBe(events.length);
    });
    await eventually(async () => {
      expect(await stage.topics.committed()).toBe(events.length);
      stage.check(webhookId, events, stage.receiver.requests);
    });
  });
});

describe('a graceful stop under load', () => {
  it('finishes and commits what was begun, so that nothing is delivered twice', async () => {
    const first = await stage.startService();
    const webhookId = await first.createWebhook({ url: stage.receiver.url() });
    stage.receiver.answer = (_request, response) => void setTimeout(() => response.end('ok'), 5);
    const events = eventsOf(100, 30);
    await stage.topics.produceInLots(events);
    await eventually(() => {
      expect(receivedIds().size).toBeGreaterThan(300);
    });
    expect(await first.stop()).toEqual({ code: 0, signal: null });
    await stage.startService();
    await eventually(() => {
      expect(receivedIds().size).toBe(events.length);
      expect(stage.attempts).toHaveLength(events.length);
    });
    expect(stage.check(webhookId, events, stage.receiver.requests)).toBe(0);
    expect(stage.receiver.requests).toHaveLength(events.length);
  });
});

describe('a receiver that fails for a while', () => {
  it("gets a user's events in order all the same, and others' meanwhile", async () => {
    const service = await stage.startService({ RETRY_SCHEDULE: '300ms,300ms' });
    const webhookId = await service.createWebhook({ url: stage.receiver.url() });
    const failing = userEvent('jdoe', { id: 'failing' });
    let failures = 2;
    stage.receiver.answer = (request, response) => {
      const fails = request.headers['webhook-id'] === failing.id && failures-- > 0;
      response.writeHead(fails ? 500 : 200).end();
    };
    const events = [failing, userEvent('jdoe', { id: 'behind' }), userEvent('ann', { id: 'other' })];
    await stage.topics.produce(...events);
    // Its offset is not held by the retry: the delivery waits in the database.
    await eventually(async () => {
      expect(await stage.topics.committed()).toBe(3);
    });
    await eventually(() => {
      expect(receivedIds()).toEqual(new Set(['failing', 'behind', 'other']));
      expect(stage.attempts).toHaveLength(5);
    });
    expect(stage.check(webhookId, events, stage.receiver.requests)).toBe(0);
    const order = stage.receiver.requests.map(({ headers }) => headers['webhook-id']);
    expect(order.indexOf('other')).toBeLessThan(order.lastIndexOf('failing'));
    const attempts = stage.attempts.filter(({ event_id }) => event_id === failing.id);
    expect(attempts.map(({ attempt, reason, outcome }) => [attempt, reason, outcome])).toEqual([
      [1, 'event', 'failed'],
      [2, 'retry', 'failed'],
      [3, 'retry', 'delivered'],
    ]);
    expect(new Set(attempts.map(({ delivery_id }) => delivery_id)).size).toBe(1);
    expect(Date.parse(attempts[0]?.next_attempt_at ?? '')).toBeGreaterThan(
      Date.parse(attempts[0]?.started_at ?? ''),
    );
  });
});
