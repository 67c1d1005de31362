/**
 * The history under faults. Whatever breaks, it comes to what the results topic has: each result once. Lists and statistics
 * are compared with the topic itself, read by a plain client.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import type { Attempt } from '../../src/model/attempt.ts';
import { startTestPostgres } from '../support/embedded-services.ts';
import { eventually } from '../support/eventually.ts';
import { Load } from '../support/load.ts';
import { expectAllDelivered } from '../support/outcome.ts';
import { Random } from '../support/random.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';
import { PATIENT_SCHEDULE, received, refusing } from '../support/traffic.ts';
import { readiness } from '../support/troubles.ts';

const TIMEOUT_MS = 240_000;
const CAUGHT_UP_MS = 90_000;

let stage: Stage;
const servers: { close(): Promise<void> }[] = [];

afterEach(() => stage.strike());
afterAll(() => Promise.all(servers.map((server) => server.close())));

interface Listed {
  readonly id: string;
  readonly status: string;
  readonly attempt_count: number;
}

async function listed(service: Service): Promise<Record<string, [string, number]>> {
  const found: Record<string, [string, number]> = {};
  for (let cursor: string | null = ''; cursor !== null;) {
    const params: object = { limit: '100', ...(cursor === '' ? {} : { cursor }) };
    const { status, data } = await service
      .rest()
      .get<{ data: Listed[]; next_cursor: string | null }>('/deliveries', { params });
    expect([status, data]).toEqual([200, expect.anything()]);
    for (const one of data.data) {
      expect(found[one.id], 'a delivery is listed once').toBeUndefined();
      found[one.id] = [one.status, one.attempt_count];
    }
    cursor = data.next_cursor;
  }
  return found;
}

async function counted(service: Service): Promise<Record<string, number>> {
  const { data } = await service.rest().get<{ hours: Record<string, number | null>[] }>('/stats?hours=3');
  const sum = (name: string): number => data.hours.reduce((total, hour) => total + (hour[name] ?? 0), 0);
  return { delivered: sum('delivered'), failed: sum('failed'), exhausted: sum('exhausted') };
}

/** The topic may have a record twice: its acknowledgement was lost. */
function unique(attempts: readonly Attempt[]): Attempt[] {
  return [...new Map(attempts.map((attempt) => [attempt.id, attempt])).values()];
}

/** When nothing is on its way any more: the history has what the topic has. */
async function agrees(service: Service, onTopic: readonly Attempt[]): Promise<void> {
  const attempts = unique(onTopic);
  const of = (outcome: string): number => attempts.filter((one) => one.outcome === outcome).length;
  await eventually(async () => {
    expect(await counted(service)).toEqual({
      delivered: of('delivered'),
      failed: of('failed'),
      exhausted: of('exhausted'),
    });
  }, CAUGHT_UP_MS);
  const deliveries = Map.groupBy(attempts, ({ delivery_id }) => delivery_id);
  expect(await listed(service)).toEqual(
    Object.fromEntries(
      [...deliveries].map(([id, some]) => [
        id,
        [some.some(({ outcome }) => outcome === 'delivered') ? 'delivered' : 'exhausted', some.length],
      ]),
    ),
  );
}

async function positions(): Promise<{ lost: number; passedOver: number }> {
  return withClient(stage.database.url, async (client) => {
    const { rows } = await client.query<{ lost: number; passed: number }>(
      'SELECT sum(lost)::integer AS lost, sum(passed_over)::integer AS passed FROM history_positions',
    );
    return { lost: rows[0]?.lost ?? 0, passedOver: rows[0]?.passed ?? 0 };
  });
}

async function produced(count: number): Promise<void> {
  const before = stage.attempts.length;
  await stage.topics.produce(...Array.from({ length: count }, (_, index) => userEvent(`user-${index % 50}`)));
  await eventually(() => {
    expect(stage.attempts.length - before).toBeGreaterThanOrEqual(count);
  });
}

function saidOf(service: Service, words: string, since = 0): number {
  return service.log.slice(since).filter(({ msg = '' }) => msg.includes(words)).length;
}

it(
  'PostgreSQL is stopped and killed while results are written, and tables of days are lost: each result counts once',
  async () => {
    const postgres = await startTestPostgres();
    servers.push(postgres);
    stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE }, { databaseServer: postgres.url });
    const service = await stage.startService();
    const webhookId = await service.createWebhook({ url: stage.receiver.url() });
    stage.receiver.answer = refusing(Random.seeded(), 0.2);
    const load = new Load(stage.topics, { users: 40, perSecond: 100 });
    for (const end of [() => postgres.stop(), () => postgres.kill()]) {
      await received(stage, 300);
      const log = service.log.length;
      await end();
      await eventually(async () => {
        expect((await readiness(service)).down).toContain('database');
      });
      await eventually(() => {
        expect(saidOf(service, 'what was read could not be taken', log)).toBeGreaterThan(0);
      });
      await postgres.start();
      expect(saidOf(service, 'what was read could not be taken', log)).toBeLessThan(5);
    }
    await received(stage, 300);
    await withClient(stage.database.url, async (client) => {
      const { rows } = await client.query<{ name: string }>(
        `SELECT inhrelid::regclass::text AS name FROM pg_inherits
         WHERE inhparent IN ('attempts_delivered'::regclass, 'attempts_failed'::regclass)
           AND inhrelid::regclass::text LIKE to_char(now() AT TIME ZONE 'UTC', '"%"YYYY_MM_DD')`,
      );
      expect(rows).toHaveLength(2);
      await client.query('BEGIN');
      for (const { name } of rows) await client.query(`DROP TABLE ${name}`);
      await client.query('DELETE FROM history_positions');
      await client.query('TRUNCATE delivery_states, attempt_counts');
      await client.query('COMMIT');
    });
    await received(stage, 100);
    await expectAllDelivered(stage, [{ webhookId, events: await load.stop() }]);
    await agrees(service, stage.attempts);
    expect(await positions()).toEqual({ lost: 0, passedOver: 0 });
    expect((await readiness(service)).status).toBe(200);
  },
  TIMEOUT_MS,
);

describe('in a process of its own', () => {
  it(
    'it is stopped and killed while others deliver, and comes to what the topic has',
    async () => {
      stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE });
      const service = await stage.startService({ ROLES: 'api,dispatch' });
      const webhookId = await service.createWebhook({ url: stage.receiver.url() });
      stage.receiver.answer = refusing(Random.seeded(), 0.1);
      const first = await stage.startService({ ROLES: 'history' });
      await produced(500);
      await agreesSoon(service);
      expect(await first.stop()).toEqual({ code: 0, signal: null });
      const unavailable = await eventually(async () => {
        const answer = await service.rest().get<{ code: string }>('/stats');
        expect(answer.status).toBe(503);
        return answer.data.code;
      });
      expect(unavailable).toBe('role_not_running');
      const load = new Load(stage.topics, { users: 40, perSecond: 300 });
      await received(stage, 1_500);
      for (let kill = 0; kill < 2; kill += 1) {
        const history = await stage.startService({ ROLES: 'history' });
        await received(stage, 200);
        await history.kill();
      }
      await stage.startService({ ROLES: 'history' });
      await expectAllDelivered(stage, [{ webhookId, events: await load.stop() }]);
      await agrees(service, stage.attempts);
    },
    TIMEOUT_MS,
  );

  it(
    'what retention took before it was read is counted and said; a topic that was made anew is read from its beginning',
    async () => {
      stage = await Stage.set();
      const service = await stage.startService({ ROLES: 'api,dispatch' });
      await service.createWebhook({ url: stage.receiver.url() });
      const first = await stage.startService({ ROLES: 'history' });
      await produced(300);
      await agreesSoon(service);
      const known = [...stage.attempts];
      await first.stop();
      await produced(300);
      const partitions = Map.groupBy(stage.records, ({ attempt }) => attempt.webhook_id);
      expect(partitions.size).toBe(1);
      for (let partition = 0; partition < 8; partition += 1)
        await stage.topics.forget(partition, -1, stage.topics.deliveries);
      const second = await stage.startService({ ROLES: 'history' });
      await produced(100);
      const after = stage.attempts.slice(600);
      await agrees(service, [...known, ...after]);
      expect(await positions()).toEqual({ lost: 300, passedOver: 0 });
      expect(deletedBefore(second)).toBe(300);

      await madeAnew();
      const again = await stage.topics.readAttempts();
      await stage.topics.produce(...Array.from({ length: 50 }, (_, index) => userEvent(`user-${index}`)));
      await eventually(() => {
        expect(again).toHaveLength(50);
      }, CAUGHT_UP_MS);
      await agrees(service, [...known, ...after, ...again.map(({ attempt }) => attempt)]);
      expect(saidOf(second, 'the results topic ends before what was read of it')).toBeGreaterThan(0);
      expect((await readiness(second)).status).toBe(200);
    },
    TIMEOUT_MS,
  );
});

it(
  'npm run rebuild-history, beside a service that delivers: emptied and read again, or only added to',
  async () => {
    stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE });
    const service = await stage.startService();
    const webhookId = await service.createWebhook({ url: stage.receiver.url() });
    stage.receiver.answer = refusing(Random.seeded(), 0.2);
    const load = new Load(stage.topics, { users: 40, perSecond: 300 });
    await received(stage, 1_000);
    const rebuild = async (...args: string[]): Promise<string> => {
      const { stdout, stderr } = await promisify(execFile)(
        'npm',
        ['run', '--silent', 'rebuild-history', '--', ...args],
        {
          env: {
            PATH: process.env['PATH'],
            DATABASE_URL: stage.database.url,
            KAFKA_BROKERS: stage.topics.brokers,
            DELIVERIES_TOPIC: stage.topics.deliveries,
          },
        },
      );
      expect(stderr).toBe('');
      return stdout;
    };
    for (let time = 0; time < 3; time += 1) {
      expect(await rebuild()).toBe(
        `The history is empty. A process with the role history reads the topic ${stage.topics.deliveries} again from its beginning.\n`,
      );
      await received(stage, 100);
    }
    expect(await rebuild('--add-missing')).toContain('The history is as it was.');
    await expectAllDelivered(stage, [{ webhookId, events: await load.stop() }]);
    await agrees(service, stage.attempts);
    await withClient(stage.database.url, async (client) => {
      await client.query(`DELETE FROM attempts WHERE id IN (SELECT id FROM attempts ORDER BY id LIMIT 10)`);
    });
    await rebuild();
    await agrees(service, stage.attempts);
    await expect(
      promisify(execFile)('npm', ['run', '--silent', 'rebuild-history'], {
        env: { PATH: process.env['PATH'] },
      }),
    ).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('DATABASE_URL is missing') as unknown,
    });
  },
  TIMEOUT_MS,
);

/** As the log says. */
function deletedBefore({ log }: Service): number {
  return log.reduce((sum, { msg = '' }) => {
    const [, count = '0'] = /^(\d+) results were deleted by the retention/.exec(msg) ?? [];
    return sum + Number(count);
  }, 0);
}

async function agreesSoon(service: Service): Promise<void> {
  await eventually(async () => {
    expect((await counted(service))['delivered']).toBe(
      unique(stage.attempts).filter(({ outcome }) => outcome === 'delivered').length,
    );
  });
}

async function madeAnew(): Promise<void> {
  const admin = stage.topics.kafka.admin();
  await admin.connect();
  const topic = stage.topics.deliveries;
  await admin.deleteTopics({ topics: [topic] });
  await eventually(async () => {
    expect(await admin.listTopics()).not.toContain(topic);
  });
  await eventually(() =>
    admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: 8 }] }),
  );
  await eventually(() => admin.fetchTopicMetadata({ topics: [topic] }));
  await admin.disconnect();
}
