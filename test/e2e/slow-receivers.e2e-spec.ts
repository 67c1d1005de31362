/** Receivers that take long, or ask to be left alone for a while: their neighbours notice nothing, and nothing is lost. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent, type UserEventValue } from '../support/topics.ts';

let stage: Stage;
let service: Service;

beforeEach(async () => {
  stage = await Stage.set({
    REQUEST_TIMEOUT: '60s',
    RETRY_SCHEDULE: '100ms,1s,10s',
    MAX_IN_FLIGHT: '64',
    MAX_IN_FLIGHT_PER_WEBHOOK: '16',
  });
  service = await stage.startService();
});

afterEach(async () => {
  await stage.strike();
});

function events(count: number): UserEventValue[] {
  return Array.from({ length: count }, (_, index) => userEvent(`user-${index}`));
}

async function arrived(path: string, count: number): Promise<void> {
  await eventually(() => {
    expect(stage.receiver.of(path).length).toBeGreaterThanOrEqual(count);
  });
}

describe('receivers that do not answer for as long as the test likes', () => {
  const unanswered: ServerResponse[] = [];
  let answering: boolean;

  beforeEach(() => {
    answering = false;
    unanswered.length = 0;
    stage.receiver.answer = (request, response) => {
      if (answering || request.path.startsWith('/good')) response.end();
      else unanswered.push(response);
    };
  });

  function answerAll(): void {
    answering = true;
    for (const response of unanswered) response.end();
  }

  it('four of them do not starve the fifth, though they could take every place and fill the memory', async () => {
    const good = await service.createWebhook({ url: stage.receiver.url('/good') });
    const slow: string[] = [];
    for (const index of [0, 1, 2, 3])
      slow.push(await service.createWebhook({ url: stage.receiver.url(`/slow/${index}`) }));
    // More deliveries than are begun at once.
    const all = events(1_500);
    for (let at = 0; at < all.length; at += 100) {
      await stage.topics.produce(...all.slice(at, at + 100));
      await arrived('/good', at + 100);
    }
    expect(unanswered.length).toBeGreaterThan(0);
    answerAll();
    await eventually(() => {
      stage.check(good, all, stage.receiver.of('/good'));
      for (const [index, id] of slow.entries()) stage.check(id, all, stage.receiver.of(`/slow/${index}`));
    });
  });

  it('more of them than there are places do not starve those that are known to be quick', async () => {
    const good = Array.from({ length: 20 }, (_, index) => `/good/${index}`);
    for (const path of good) await service.createWebhook({ url: stage.receiver.url(path) });
    await stage.topics.produce(...events(1));
    for (const path of good) await arrived(path, 1);
    for (let index = 0; index < 100; index += 1)
      await service.createWebhook({ url: stage.receiver.url(`/slow/${index}`) });
    for (let sent = 1; sent <= 60; sent += 1) {
      await stage.topics.produce(...events(1));
      for (const path of good) await arrived(path, sent + 1);
    }
    expect(unanswered.length).toBeGreaterThan(0);
    answerAll();
    for (let index = 0; index < 100; index += 1) await arrived(`/slow/${index}`, 60);
  });
});

describe('a receiver that answers 429 with Retry-After', () => {
  let asking: string | null;
  const unanswered: ServerResponse[] = [];

  beforeEach(async () => {
    asking = null;
    unanswered.length = 0;
    stage.receiver.answer = (request, response) => {
      if (request.path === '/busy' && asking !== null)
        response.writeHead(429, { 'Retry-After': asking }).end();
      else if (request.path === '/busy') unanswered.push(response);
      else response.end();
    };
    await service.createWebhook({ url: stage.receiver.url('/good') });
  });

  /** One event is answered so. @returns when the service knows. */
  async function ask(retryAfter: string): Promise<UserEventValue> {
    asking = retryAfter;
    const first = userEvent('first');
    await stage.topics.produce(first);
    await eventually(() => {
      expect(stage.attempts.filter(({ outcome }) => outcome === 'failed')).toHaveLength(1);
    });
    asking = null;
    return first;
  }

  it('gets nothing at all until then, then one request, then all', async () => {
    const busy = await service.createWebhook({ url: stage.receiver.url('/busy') });
    const first = await ask('4');
    const more = events(50);
    await stage.topics.produce(...more);
    await arrived('/good', 51);
    await arrived('/busy', 2);
    const [asked, next] = stage.receiver.of('/busy');
    expect((next?.at ?? 0) - (asked?.at ?? 0)).toBeGreaterThan(3_900);
    // While the one is not answered no other comes, whatever goes on meanwhile.
    const later = events(10).map((event, index) => ({ ...event, data: { username: `later-${index}` } }));
    await stage.topics.produce(...later);
    await arrived('/good', 61);
    expect(stage.receiver.of('/busy')).toHaveLength(2);
    stage.receiver.answer = (_request, response) => void response.end();
    for (const response of unanswered) response.end();
    await eventually(() => {
      stage.check(busy, [first, ...more, ...later], stage.receiver.of('/busy'));
    });
  });

  it('is another one when its URL is, which is sent to at once', async () => {
    const busy = await service.createWebhook({ url: stage.receiver.url('/busy') });
    await ask('86400');
    await stage.topics.produce(...events(20));
    await arrived('/good', 21);
    expect(stage.receiver.of('/busy')).toHaveLength(1);
    const moved = await service.rest().patch(`/webhooks/${busy}`, { url: stage.receiver.url('/moved') });
    expect(moved.status).toBe(200);
    await arrived('/moved', 20);
  });
});
