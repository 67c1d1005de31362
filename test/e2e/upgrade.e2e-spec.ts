/** The schema of the oldest release, with its data, is upgraded under load, while an instance of it runs beside. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { eventually } from '../support/eventually.ts';
import { Load } from '../support/load.ts';
import { BY_OLDEST, OldestRelease } from '../support/oldest-release.ts';
import type { ReceivedRequest } from '../support/receiver.ts';
import { Stage } from '../support/stage.ts';
import { userEvent, type UserEventValue } from '../support/topics.ts';

const USERS = 20;
const SECRET = 'a-token-of-before';

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.set({ RETRY_SCHEDULE: '200ms,200ms,200ms,1s,1s' });
});

afterEach(() => stage.strike());

const idOf = ({ headers }: ReceivedRequest): string => String(headers['webhook-id']);

function taken(path: string): ReceivedRequest[] {
  return stage.receiver.of(path).filter(({ status }) => status === 200);
}

/** None lost, and for each user in order, by the first time that it was taken; whoever sent it. */
function expectAllInOrder(path: string, events: readonly UserEventValue[]): void {
  const first = new Map<string, number>();
  for (const [index, request] of taken(path).entries())
    if (!first.has(idOf(request))) first.set(idOf(request), index);
  expect(events.filter(({ id }) => !first.has(id)).map(({ id }) => id)).toEqual([]);
  for (const user of new Set(events.map(({ data }) => data['username']))) {
    const places = events
      .filter(({ data }) => data['username'] === user)
      .map(({ id }) => first.get(id) ?? -1);
    expect(places, String(user)).toEqual(places.toSorted((a, b) => a - b));
  }
}

const rows = (webhookId: string, where: string): Promise<number> =>
  withClient(stage.database.url, async (client) => {
    const { rowCount } = await client.query(`SELECT FROM retries WHERE webhook_id = $1 AND ${where}`, [
      webhookId,
    ]);
    return rowCount ?? 0;
  });

it('what the oldest release has stored is delivered in order, before what comes meanwhile, and its instance goes on beside', async () => {
  const oldest = await OldestRelease.install(stage.database.url);
  const own = await oldest.createWebhook(stage.receiver.url('/hook'), { secretToken: SECRET });
  const off = await oldest.createWebhook(stage.receiver.url('/off'), { enabled: false });
  const beside = await oldest.createWebhook(stage.receiver.url('/beside'));
  // Every third request is refused at first: what follows is stored, by whoever sends it.
  const seen = new Set<string>();
  stage.receiver.answer = (request, response) => {
    const again = seen.has(idOf(request));
    seen.add(idOf(request));
    void response.writeHead(seen.size % 3 === 0 && !again ? 400 : 200).end();
  };

  // As it was left: due, leased by one that is gone, leased for a moment more, and others behind them.
  const before: UserEventValue[] = [];
  const givenUp = userEvent('given-up');
  for (let user = 0; user < USERS; user += 1) {
    const events = [1, 2, 3].map(() => userEvent(`user-${user}`));
    const [first, ...behind] = events;
    if (first)
      await oldest.store(own, first, user % 2 === 0 ? 'pending' : 'sending', (user % 4) * 500 - 1_000);
    for (const event of behind) await oldest.store(own, event);
    before.push(...events);
  }
  await oldest.store(own, givenUp, 'dead');
  const whileOff = userEvent('off');
  await oldest.store(off, whileOff);

  // Both write while the schema changes under them.
  const load = new Load(stage.topics, { users: USERS, perSecond: 100 });
  oldest.work(beside, stage.receiver.url('/beside'));
  const byOldest: UserEventValue[] = [];
  const ended = new AbortController();
  const storing = (async (): Promise<void> => {
    while (!ended.signal.aborted) {
      const event = userEvent(`beside-${byOldest.length % 5}`);
      byOldest.push(event);
      await oldest.store(beside, event);
      await pause(5);
    }
  })();
  const service = await stage.startService();
  const atStart = oldest.delivered;
  await eventually(() => {
    expect(oldest.delivered).toBeGreaterThan(atStart);
    expect(stage.attempts.length).toBeGreaterThan(500);
  });
  ended.abort();
  await storing;
  await oldest.stop();
  const events = [...before, ...(await load.stop())];

  await eventually(() => {
    expectAllInOrder('/hook', events);
    expectAllInOrder('/beside', byOldest);
  });
  // What it had under way when it went is due when its lease is over; all others are gone.
  await eventually(async () => {
    expect(await rows(own, 'NOT dead')).toBe(0);
  });
  const recorded = new Set(
    stage.attempts
      .filter(({ outcome }) => outcome === 'delivered')
      .map(({ webhook_id, event_id }) => webhook_id + event_id),
  );
  const ofService = taken('/hook').filter(({ headers }) => headers[BY_OLDEST] === undefined);
  await eventually(() => {
    expect(ofService.filter((request) => !recorded.has(own + idOf(request)))).toEqual([]);
  });
  expect(
    new Set(ofService.map(({ headers }) => `${headers.authorization ?? ''} ${String(headers['x-own'])}`)),
  ).toEqual(new Set([`Bearer ${SECRET} kept`]));

  // What was given up, and what waited for a webhook that was off, is still there to be sent.
  expect(await rows(own, 'dead')).toBe(1);
  const since = new Date(Date.now() - 3_600_000).toISOString();
  expect((await service.rest().post(`/webhooks/${own}/recover`, { since })).status).toBe(202);
  expect((await service.rest().patch(`/webhooks/${off}`, { enabled: true })).status).toBe(200);
  await eventually(() => {
    expect(taken('/hook').map(idOf)).toContain(givenUp.id);
    expect(taken('/off').map(idOf)).toContain(whileOff.id);
  });
});
