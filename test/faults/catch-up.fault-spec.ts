/**
 * Replays, pauses and webhooks that start from the earliest event, while instances join, leave and are killed: each webhook
 * gets all that it is owed, and each user's events in order.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { eventually } from '../support/eventually.ts';
import { Load } from '../support/load.ts';
import { expectAllDelivered } from '../support/outcome.ts';
import { Random } from '../support/random.ts';
import type { ReceivedRequest } from '../support/receiver.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { PATIENT_SCHEDULE } from '../support/traffic.ts';

const ALL = { from: '2020-01-01T00:00:00Z', to: '2040-01-01T00:00:00Z' };
const STEPS = 10;
const DONE_MS = 120_000;

let stage: Stage;

afterEach(() => stage.strike());

interface Replay {
  readonly id: string;
  readonly status: string;
}

/** Any instance will do: REST only says what is wished. */
function asked(random: Random): Service {
  return random.pick(stage.running);
}

async function done(random: Random, ids: readonly string[]): Promise<void> {
  for (const id of ids)
    await eventually(async () => {
      const { data } = await asked(random).rest().get<Replay>(`/replays/${id}`);
      expect(data).toMatchObject({ status: 'done' });
    }, DONE_MS);
}

/** Instances end, come and go; at least one stays. */
const MEMBERS: Record<string, (random: Random) => Promise<unknown>> = {
  kill: (random) => stage.replace(random.pick(stage.running), 'kill'),
  stop: (random) => stage.replace(random.pick(stage.running), 'stop'),
  join: () => stage.startService(),
  leave: async (random) => {
    if (stage.running.length > 1) await random.pick(stage.running).stop();
  },
};

/** Of each user, the ids in order of their first arrival. */
function firsts(requests: readonly ReceivedRequest[]): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const { headers, body, status } of requests) {
    if (status !== 200) continue;
    const { username } = JSON.parse(body) as { username: string };
    const ids = found.get(username) ?? new Set();
    found.set(username, ids.add(String(headers['webhook-id'])));
  }
  return new Map([...found].map(([user, ids]) => [user, [...ids]]));
}

it('a replay goes on in order while its partitions move, and is whole', async () => {
  const random = Random.seeded();
  stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE });
  const first = await stage.startService();
  const webhookId = await first.createWebhook({ url: stage.receiver.url() });
  const load = new Load(stage.topics, { users: 60, perSecond: 400 });
  await eventually(() => {
    expect(stage.receiver.requests.length).toBeGreaterThan(3_000);
  });
  const events = await load.stop();
  await expectAllDelivered(stage, [{ webhookId, events }]);
  const before = stage.receiver.requests.length;
  await first.rest().patch(`/webhooks/${webhookId}`, { max_in_flight: 10 });
  stage.receiver.answer = (_request, response) =>
    void setTimeout(() => response.writeHead(random.chance(0.05) ? 400 : 200).end(), 40);
  const { data } = await first.rest().post<Replay>(`/webhooks/${webhookId}/replay`, ALL);
  const moves: string[] = [];
  for (let step = 0; step < 6; step += 1) {
    await pause(random.between(500, 3_000));
    const name = random.pick(Object.keys(MEMBERS));
    moves.push(name);
    await MEMBERS[name]?.(random);
  }
  await done(random, [data.id]);
  await expectAllDelivered(stage, [{ webhookId, events }]);
  const again = firsts(stage.receiver.requests.slice(before));
  const meant = Map.groupBy(events, (event) => String(event.data['username']));
  expect(again).toEqual(new Map([...meant].map(([user, theirs]) => [user, theirs.map(({ id }) => id)])));
  console.log({
    seed: random.seed,
    moves: moves.join(', '),
    events: events.length,
    sent: stage.receiver.requests.length - before,
  });
});

it('pause, resume, start from the earliest event and replay, at random, under load', async () => {
  const random = Random.seeded();
  stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE });
  const first = await stage.startService();
  await stage.startService();
  stage.receiver.answer = (_request, response) =>
    void response.writeHead(random.chance(0.03) ? 400 : 200).end();
  const webhooks = new Map<string, string>();
  const make = async (service: Service, start?: object): Promise<void> => {
    const path = `/${webhooks.size}`;
    webhooks.set(await service.createWebhook({ url: stage.receiver.url(path), ...start }), path);
  };
  await make(first);
  const replays: string[] = [];
  const load = new Load(stage.topics, { users: 60, perSecond: 150 });
  const set = async (paused: boolean): Promise<void> => {
    const id = random.pick([...webhooks.keys()]);
    const { status } = await asked(random).rest().patch(`/webhooks/${id}`, { paused });
    expect(status).toBe(200);
  };
  const steps: Record<string, (random: Random) => Promise<unknown>> = {
    ...MEMBERS,
    pause: () => set(true),
    resume: () => set(false),
    late: () => make(asked(random), { start_from: 'earliest' }),
    replay: async () => {
      const id = random.pick([...webhooks.keys()]);
      const { status, data } = await asked(random).rest().post<Replay>(`/webhooks/${id}/replay`, ALL);
      expect(status).toBe(202);
      replays.push(data.id);
    },
  };
  const moves: string[] = [];
  for (let step = 0; step < STEPS; step += 1) {
    await pause(random.between(200, 2_000));
    const name = random.pick(Object.keys(steps));
    moves.push(name);
    await steps[name]?.(random);
  }
  for (const id of webhooks.keys()) await asked(random).rest().patch(`/webhooks/${id}`, { paused: false });
  const events = await load.stop();
  await eventually(async () => {
    await withClient(stage.database.url, async (client) => {
      expect((await client.query('SELECT * FROM cursors')).rows).toEqual([]);
    });
  }, DONE_MS);
  await done(random, replays);
  const flows = [...webhooks].map(([webhookId, path]) => {
    return { webhookId, events, requests: () => stage.receiver.of(path) };
  });
  const duplicates = await expectAllDelivered(stage, flows);
  console.log({ seed: random.seed, moves: moves.join(', '), events: events.length, duplicates });
});
