/** What is wished twice at once, or meets a topic that is changed, a database that is away, a kill, or another instance. */
import { afterAll, afterEach, expect, it } from 'vitest';
import { startTestPostgres } from '../support/embedded-services.ts';
import { eventually } from '../support/eventually.ts';
import type { Service } from '../support/service.ts';
import { Stage, type Servers } from '../support/stage.ts';
import { eventsOf, userEvent, type UserEventValue } from '../support/topics.ts';
import { readiness } from '../support/troubles.ts';

const MODIFIED = ['user_modified'];
const ALL = { from: '2020-01-01T00:00:00Z', to: '2040-01-01T00:00:00Z' };

let stage: Stage;
let service: Service;
let webhookId: string;
const servers: { close(): Promise<void> }[] = [];

afterEach(() => stage.strike());
afterAll(() => Promise.all(servers.map((server) => server.close())));

interface Replay {
  readonly id: string;
  readonly status: string;
  readonly warnings: { readonly code: string }[];
}

async function set(on: Servers = {}): Promise<void> {
  stage = await Stage.set({ RETRY_SCHEDULE: '200ms' }, on);
  service = await stage.startService();
  webhookId = await service.createWebhook({ url: stage.receiver.url() });
}

async function delivered(events: readonly UserEventValue[]): Promise<void> {
  const before = stage.attempts.length;
  await stage.topics.produce(...events);
  await eventually(() => {
    expect(stage.attempts).toHaveLength(before + events.length);
  });
}

async function wished(path: string, body?: object, asked = service): Promise<Replay> {
  const { status, data } = await asked.rest().post<Replay>(path, body);
  expect(status, JSON.stringify(data)).toBe(202);
  return data;
}

async function ended({ id }: Replay): Promise<Replay> {
  return eventually(async () => {
    const { data } = await service.rest().get<Replay>(`/replays/${id}`);
    expect(data).toMatchObject({ status: 'done' });
    return data;
  });
}

async function withAdmin(
  work: (admin: ReturnType<Stage['topics']['kafka']['admin']>) => Promise<unknown>,
): Promise<void> {
  const admin = stage.topics.kafka.admin();
  await admin.connect();
  await work(admin);
  await admin.disconnect();
}

/** Of each user, the numbers of the events in order of arrival. */
function arrivals(since: number): Map<string, number[]> {
  const bodies = stage.receiver.requests
    .slice(since)
    .map(({ body }) => JSON.parse(body) as { username: string; index: number });
  const byUser = Map.groupBy(bodies, ({ username }) => username);
  return new Map([...byUser].map(([user, theirs]) => [user, theirs.map(({ index }) => index)]));
}

/** Answers late, so that a replay is in the middle of its work for a while. @returns when some were sent again. */
async function inTheMiddle(): Promise<Replay> {
  await service.rest().patch(`/webhooks/${webhookId}`, { max_in_flight: 4 });
  stage.receiver.answer = (_request, response) => void setTimeout(() => response.end(), 20);
  const before = stage.receiver.requests.length;
  const replay = await wished(`/webhooks/${webhookId}/replay`, ALL);
  await eventually(() => {
    expect(stage.receiver.requests.length).toBeGreaterThan(before + 50);
  });
  return replay;
}

it('two replays of the same range at once: each is whole and in order, the later one after the earlier one', async () => {
  await set();
  const events = eventsOf(10, 20, MODIFIED);
  await delivered(events);
  const path = `/webhooks/${webhookId}/replay`;
  const two = await Promise.all([wished(path, ALL), wished(path, ALL)]);
  for (const one of two)
    expect(await ended(one)).toMatchObject({ matched: events.length, delivered: events.length });
  const ofUser = [...arrivals(events.length).values()];
  expect(ofUser).toHaveLength(10);
  for (const indexes of ofUser) {
    const once = [...new Set(indexes)].sort((a, b) => a - b);
    expect(indexes).toEqual([...once, ...once]);
  }
});

it('PostgreSQL is away in the middle of a replay: it goes on where it was, and counts each delivery once', async () => {
  const postgres = await startTestPostgres();
  servers.push(postgres);
  await set({ databaseServer: postgres.url });
  const events = eventsOf(20, 40, MODIFIED);
  await delivered(events);
  const replay = await inTheMiddle();
  await postgres.stop();
  await eventually(async () => {
    expect((await readiness(service)).down).toContain('database');
  });
  expect((await service.rest().post(`/webhooks/${webhookId}/replay`, ALL)).status).toBe(503);
  expect((await service.rest().get(`/replays/${replay.id}`)).status).toBe(503);
  await postgres.start();
  const counts = { read: events.length, matched: events.length, delivered: events.length };
  await eventually(async () => {
    const { data } = await service.rest().get<Replay>(`/replays/${replay.id}`);
    expect(data).toMatchObject({ status: 'done', ...counts });
  });
  for (const indexes of arrivals(events.length).values())
    expect(indexes).toEqual([...indexes].sort((a, b) => a - b));
  expect(stage.receiver.requests).toHaveLength(2 * events.length);
});

it('the events topic grows in the middle of a replay, and while a webhook is paused: both get all of it', async () => {
  await set();
  const paused = await service.createWebhook({ url: stage.receiver.url('/paused') });
  const events = eventsOf(20, 20, MODIFIED);
  await stage.topics.produce(...events);
  await eventually(() => {
    expect(stage.attempts).toHaveLength(2 * events.length);
  });
  await service.rest().patch(`/webhooks/${paused}`, { paused: true });
  const replay = await inTheMiddle();
  await withAdmin((admin) =>
    admin.createPartitions({ topicPartitions: [{ topic: stage.topics.events, count: 12 }] }),
  );
  await withAdmin((admin) =>
    eventually(async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [stage.topics.events] });
      expect(topics[0]?.partitions.filter(({ leader }) => leader >= 0)).toHaveLength(12);
    }),
  );
  expect(await ended(replay)).toMatchObject({ delivered: events.length });
  stage.receiver.answer = (_request, response) => void response.end();
  const more = Array.from({ length: 12 }, (_, partition) => ({
    partition,
    value: JSON.stringify(userEvent(`later-${partition}`, { data: { index: partition } })),
  }));
  // A producer that does not know a partition yet leaves out what is for it.
  const producer = stage.topics.kafka.producer();
  await producer.connect();
  await producer.send({ topic: stage.topics.events, messages: more });
  await producer.disconnect();
  await eventually(() => {
    const arrived = arrivals(0);
    for (const { partition } of more) expect(arrived.get(`later-${partition}`)).toEqual([partition]);
  });
  expect(stage.receiver.of('/paused')).toHaveLength(events.length);
  await service.rest().patch(`/webhooks/${paused}`, { paused: false });
  await eventually(() => {
    const users = new Set(
      stage.receiver.of('/paused').map(({ body }) => (JSON.parse(body) as { username: string }).username),
    );
    expect(users.size).toBe(20 + 12);
  });
  expect(stage.receiver.of('/paused')).toHaveLength(events.length + 12);
  expect(await ended(await wished(`/webhooks/${webhookId}/replay`, ALL))).toMatchObject({
    delivered: events.length + 12,
  });
});

it('the events topic is made anew in the middle of a replay: it ends, says what is missing, and sends nothing of the new one', async () => {
  await set();
  const events = eventsOf(20, 40, MODIFIED);
  await delivered(events);
  const replay = await inTheMiddle();
  await withAdmin(async (admin) => {
    const topic = stage.topics.events;
    await admin.deleteTopics({ topics: [topic] });
    await eventually(async () => {
      expect(await admin.listTopics()).not.toContain(topic);
    });
    await eventually(() =>
      admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: 8 }] }),
    );
    await eventually(async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      expect(topics[0]?.partitions.filter(({ leader }) => leader >= 0)).toHaveLength(8);
    });
  });
  const after = Array.from({ length: 40 }, (_, index) => userEvent(`new-${index % 10}`, { data: { index } }));
  await eventually(() => stage.topics.produce(...after));
  const { warnings } = await ended(replay);
  expect(warnings.map(({ code }) => code)).toContain('log_expired');
  // The producer may have written some of them twice: each record is sent once, as it came.
  await eventually(() => {
    const fresh = stage.attempts.filter(({ username }) => username?.startsWith('new-') === true);
    expect(new Set(fresh.map(({ event_id }) => event_id))).toEqual(new Set(after.map(({ id }) => id)));
    expect(new Set(fresh.map(({ delivery_id }) => delivery_id)).size).toBe(fresh.length);
    expect(new Set(fresh.map(({ replay_id }) => replay_id))).toEqual(new Set([null]));
  });
});

it('a delivery is resent by an instance that owns nothing while its user has a next event: never two at once', async () => {
  await set();
  const other = await stage.startService({ ROLES: 'api' });
  const events = eventsOf(30, 1, MODIFIED);
  let underWay = new Set<string>();
  const both: string[] = [];
  stage.receiver.answer = ({ body }, response) => {
    const { username } = JSON.parse(body) as { username: string };
    if (underWay.has(username)) both.push(username);
    underWay.add(username);
    const fails = events.some(({ data }) => data['username'] === username) && failing.has(username);
    setTimeout(() => {
      underWay.delete(username);
      response.writeHead(fails ? 400 : 200).end();
    }, 30);
  };
  // Half of them were delivered, half were given up.
  const failing = new Set(events.slice(0, 15).map(({ data }) => String(data['username'])));
  await stage.topics.produce(...events);
  await eventually(async () => {
    const { data } = await other
      .rest()
      .get<{ data: { status: string }[] }>('/deliveries?status=exhausted,delivered');
    expect(data.data).toHaveLength(events.length);
  });
  failing.clear();
  underWay = new Set();
  const before = stage.receiver.requests.length;
  const ids = new Map(stage.attempts.map(({ event_id, delivery_id }) => [event_id, delivery_id]));
  const next = events.map(({ data }, index) =>
    userEvent(String(data['username']), { type: 'user_keys', data: { index: 100 + index } }),
  );
  const [replays] = await Promise.all([
    Promise.all(events.map(({ id }) => wished(`/deliveries/${ids.get(id) ?? ''}/resend`, undefined, other))),
    stage.topics.produce(...next),
  ]);
  for (const replay of replays) await ended(replay);
  await eventually(() => {
    const sent = [...arrivals(before).values()].map((indexes) => [...indexes].sort((a, b) => a - b));
    expect(sent.sort(([a = 0], [b = 0]) => a - b)).toEqual(events.map((_, index) => [index, 100 + index]));
  });
  expect(both).toEqual([]);
});

it('what was given up, and is delivered as its event is read again after a kill, is not given up any more', async () => {
  await set();
  // The first event holds the offset of the second one, which is given up meanwhile.
  stage.receiver.answer = ({ body }, response) => {
    if (body.includes('given-up')) response.writeHead(400).end();
  };
  const events = ['held', 'given-up'].map((username) => userEvent(username));
  await stage.topics.write(events.map((event) => ({ partition: 0, value: JSON.stringify(event) })));
  const listed = async (status: string, count: number): Promise<void> => {
    await eventually(async () => {
      const { data } = await service.rest().get<{ data: unknown[] }>(`/deliveries?status=${status}`);
      expect(data.data).toHaveLength(count);
    });
  };
  await listed('exhausted', 1);
  await service.kill();
  stage.receiver.answer = (_request, response) => void response.end();
  service = await stage.startService();
  await listed('delivered', 2);
  const dry = { since: ALL.from, dry_run: true };
  await eventually(async () => {
    expect(await wished(`/webhooks/${webhookId}/recover`, dry)).toMatchObject({ matched: 0 });
  });
});
