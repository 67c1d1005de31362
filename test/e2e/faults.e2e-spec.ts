/**
 * Faults under load, the quick ones; the long ones and the seeds are in `test/faults/` (`npm run test:faults`).
 * What is broken for all is a server of this file's own.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { startTestKafka, startTestPostgres } from '../support/embedded-services.ts';
import { eventually } from '../support/eventually.ts';
import { Load } from '../support/load.ts';
import { Offsets } from '../support/offsets.ts';
import { expectAllDelivered, liveRows } from '../support/outcome.ts';
import { Random } from '../support/random.ts';
import type { Answering } from '../support/receiver.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { readiness, setMinInsyncReplicas } from '../support/troubles.ts';

const TIMEOUT_MS = 240_000;
/** Enough attempts that nothing is ever given up. */
const SCHEDULE = Array.from({ length: 50 }, () => '300ms').join(',');

let stage: Stage;
const servers: { close(): Promise<void> }[] = [];

afterEach(() => stage.strike());
afterAll(() => Promise.all(servers.map((server) => server.close())));

/** Refuses a share of the requests, with an answer that tells nothing of the endpoint itself. */
function refusing(random: Random, share: number): Answering {
  return (_request, response) => void response.writeHead(random.chance(share) ? 400 : 200).end();
}

async function received(atLeast: number): Promise<void> {
  const before = stage.receiver.requests.length;
  await eventually(() => {
    expect(stage.receiver.requests.length - before).toBeGreaterThanOrEqual(atLeast);
  });
}

/** Requests per event, of those that were sent more than once. */
function repeated(requests = stage.receiver.requests): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { headers } of requests) {
    const id = String(headers['webhook-id']);
    counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return new Map([...counts].filter(([, count]) => count > 1));
}

describe('the broker', () => {
  it(
    'is restarted under load, then killed',
    async () => {
      const kafka = await startTestKafka();
      servers.push(kafka);
      stage = await Stage.set({ RETRY_SCHEDULE: SCHEDULE }, { brokers: kafka.brokers });
      const service = await stage.startService();
      const webhookId = await service.createWebhook({ url: stage.receiver.url() });
      stage.receiver.answer = refusing(Random.seeded(), 0.1);
      const load = new Load(stage.topics, { users: 40, perSecond: 200 });
      await received(200);
      await kafka.stop();
      await kafka.start();
      await received(200);
      await kafka.kill();
      await kafka.start();
      await received(200);
      await expectAllDelivered(stage, [{ webhookId, events: await load.stop() }]);
      expect((await readiness(service)).status).toBe(200);
    },
    TIMEOUT_MS,
  );
});

describe('the results topic', () => {
  it(
    'takes nothing for a while: offsets are held, readiness says so, and then everything is published',
    async () => {
      stage = await Stage.set({ RETRY_SCHEDULE: SCHEDULE });
      const service = await stage.startService();
      const webhookId = await service.createWebhook({ url: stage.receiver.url() });
      stage.receiver.answer = refusing(Random.seeded(), 0.1);
      const load = new Load(stage.topics, { users: 40, perSecond: 200 });
      await received(100);
      await setMinInsyncReplicas(stage.topics, stage.topics.deliveries, 2);
      await eventually(async () => {
        expect((await readiness(service)).down).toEqual(['deliveries']);
      });
      // What had been acknowledged before may still be committed; from then on nothing is.
      await pause(1_000);
      const offsets = await Offsets.of(stage.topics);
      const committed = await offsets.committed();
      await received(200);
      expect(await offsets.committed()).toEqual(committed);
      await offsets.close();
      await setMinInsyncReplicas(stage.topics, stage.topics.deliveries, 1);
      const duplicates = await expectAllDelivered(stage, [{ webhookId, events: await load.stop() }]);
      expect(duplicates).toEqual([0]);
      expect((await readiness(service)).status).toBe(200);
    },
    TIMEOUT_MS,
  );
});

describe('the database', () => {
  it(
    'is stopped under load, then killed: what needs no row goes on, offsets of the rest are held',
    async () => {
      const postgres = await startTestPostgres();
      servers.push(postgres);
      stage = await Stage.set({ RETRY_SCHEDULE: SCHEDULE }, { databaseServer: postgres.url });
      const service = await stage.startService();
      const healthy = await service.createWebhook({ url: stage.receiver.url('/healthy') });
      const failing = await service.createWebhook({ url: stage.receiver.url('/failing') });
      const refuse = refusing(Random.seeded(), 0.3);
      stage.receiver.answer = (request, response) =>
        request.path === '/failing' ? refuse(request, response) : void response.end();
      const load = new Load(stage.topics, { users: 40, perSecond: 200 });
      const offsets = await Offsets.of(stage.topics);
      for (const end of [() => postgres.stop(), () => postgres.kill()]) {
        await received(100);
        await end();
        const linesBefore = service.log.filter(({ msg }) => !msg?.startsWith('attempt')).length;
        const from = performance.now();
        await eventually(async () => {
          expect((await readiness(service)).down).toContain('database');
        });
        const before = stage.receiver.of('/healthy').length;
        await eventually(() => {
          expect(stage.receiver.of('/healthy').length).toBeGreaterThan(before + 300);
        });
        expect(await offsets.lag()).toBeGreaterThan(0);
        const lines = service.log.filter(({ msg }) => !msg?.startsWith('attempt')).length - linesBefore;
        expect((lines * 1_000) / (performance.now() - from), 'log lines a second').toBeLessThan(30);
        await postgres.start();
      }
      await received(100);
      const events = await load.stop();
      const duplicates = await expectAllDelivered(stage, [
        { webhookId: healthy, events, requests: () => stage.receiver.of('/healthy') },
        { webhookId: failing, events, requests: () => stage.receiver.of('/failing') },
      ]);
      expect(duplicates).toEqual([0, 0]);
      await offsets.close();
      await eventually(async () => {
        expect((await readiness(service)).status).toBe(200);
      });
    },
    TIMEOUT_MS,
  );

  it.each([
    [
      'is slow, as a session holds a lock on the waiting room',
      async (databaseUrl: string) => {
        await withClient(databaseUrl, async (client) => {
          await client.query('BEGIN');
          await client.query('LOCK TABLE retries IN ACCESS EXCLUSIVE MODE');
          await pause(3_000);
          await client.query('COMMIT');
        });
      },
    ],
    [
      'is full',
      async (databaseUrl: string) => {
        await withClient(databaseUrl, async (client) => {
          await client.query(`
            CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$`);
          await client.query(
            'CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE ON retries EXECUTE FUNCTION disk_full()',
          );
          await pause(3_000);
          await client.query('DROP TRIGGER disk_full ON retries');
        });
      },
    ],
  ])(
    '%s',
    async (_what, fault) => {
      stage = await Stage.set({ RETRY_SCHEDULE: SCHEDULE });
      const service = await stage.startService();
      const webhookId = await service.createWebhook({ url: stage.receiver.url() });
      stage.receiver.answer = refusing(Random.seeded(), 0.2);
      const load = new Load(stage.topics, { users: 30, perSecond: 150 });
      await received(100);
      await fault(stage.database.url);
      await received(100);
      const duplicates = await expectAllDelivered(stage, [{ webhookId, events: await load.stop() }]);
      expect(duplicates).toEqual([0]);
    },
    TIMEOUT_MS,
  );
});

describe('another instance', () => {
  /** Answers late enough that there is always something in flight. */
  const slowly: Answering = (_request, response) => void setTimeout(() => response.end(), 150);

  function partitionsOf(service: Service): ReadonlySet<number> {
    const joined = service.log.findLast(({ msg }) => msg === 'joined the consumer group');
    return new Set(joined?.['partitions'] as number[]);
  }

  it(
    'joins and leaves: what stays where it was is sent once, and a graceful leave makes no duplicate',
    async () => {
      stage = await Stage.set();
      const first = await stage.startService();
      const webhookId = await first.createWebhook({ url: stage.receiver.url() });
      stage.receiver.answer = slowly;
      const offsets = await Offsets.of(stage.topics);
      offsets.watch();
      const load = new Load(stage.topics, { users: 60, perSecond: 200 });
      await received(200);
      const second = await stage.startService();
      await eventually(() => {
        expect([partitionsOf(first).size, partitionsOf(second).size]).toEqual([4, 4]);
      });
      const kept = partitionsOf(first);
      await received(200);
      const fromJoining = repeated();
      const idle = stage.receiver.requests.length;
      expect(await second.stop()).toEqual({ code: 0, signal: null });
      await eventually(() => {
        expect(partitionsOf(first).size).toBe(8);
      });
      expect(stage.receiver.requests.length).toBeGreaterThan(idle);
      await received(200);
      const events = await load.stop();
      await expectAllDelivered(stage, [{ webhookId, events }]);
      // Duplicates are of partitions that changed hands while a request was under way, by the joining alone.
      expect(repeated()).toEqual(fromJoining);
      const partitionOf = new Map(stage.attempts.map((one) => [one.event_id, one.source_partition]));
      expect([...fromJoining.keys()].filter((id) => kept.has(partitionOf.get(id) ?? -1))).toEqual([]);
      expect(offsets.wentBack).toEqual([]);
      await offsets.close();
      expect(await liveRows(stage)).toEqual({});
    },
    TIMEOUT_MS,
  );
});
