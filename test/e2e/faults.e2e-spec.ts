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
import { Receiver, type Answering, type ReceivedRequest } from '../support/receiver.ts';
import type { LogLine, Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { PATIENT_SCHEDULE, received, refusing, repeated } from '../support/traffic.ts';
import { readiness, setRefusing } from '../support/troubles.ts';

const TIMEOUT_MS = 240_000;

let stage: Stage;
const servers: { close(): Promise<void> }[] = [];

afterEach(() => stage.strike());
afterAll(() => Promise.all(servers.map((server) => server.close())));

/** How often the line that was written most says the same; attempts and dead letters are each a thing of its own. */
function mostRepeated(lines: readonly LogLine[]): number {
  const counts = new Map<string, number>();
  for (const { msg = '', delivery_id } of lines) {
    if (delivery_id === undefined) counts.set(msg, (counts.get(msg) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

describe('the broker', () => {
  it(
    'is restarted under load',
    async () => {
      const kafka = await startTestKafka();
      servers.push(kafka);
      stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE }, { brokers: kafka.brokers });
      const service = await stage.startService();
      const webhookId = await service.createWebhook({ url: stage.receiver.url() });
      stage.receiver.answer = refusing(Random.seeded(), 0.1);
      const load = new Load(stage.topics, { users: 40, perSecond: 200 });
      await received(stage, 200);
      const log = service.log.length;
      await kafka.stop();
      await kafka.start();
      await received(stage, 200);
      expect(mostRepeated(service.log.slice(log))).toBeLessThanOrEqual(5);
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
      stage = await Stage.set();
      const service = await stage.startService();
      const webhookId = await service.createWebhook({ url: stage.receiver.url() });
      const positions = await stage.topics.readPositions();
      const load = new Load(stage.topics, { users: 40, perSecond: 200 });
      await received(stage, 100);
      await setRefusing(stage.topics, stage.topics.deliveries, true);
      await eventually(async () => {
        expect((await readiness(service)).down).toEqual(['deliveries']);
      });
      const before = stage.receiver.requests.length;
      await received(stage, 200);
      const since = stage.receiver.requests.slice(before).map(({ headers }) => String(headers['webhook-id']));
      await pause(1_000);
      const offsets = await Offsets.of(stage.topics);
      const committed = await offsets.committed();
      await offsets.close();
      await eventually(() => {
        expect(since.filter((id) => !positions.has(id))).toEqual([]);
      });
      const early = since.filter((id) => {
        const { partition = -1, offset = -1 } = positions.get(id) ?? {};
        return offset < (committed.get(partition) ?? 0);
      });
      expect(early, 'committed without a record on the results topic').toEqual([]);
      await setRefusing(stage.topics, stage.topics.deliveries, false);
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
      stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE }, { databaseServer: postgres.url });
      const service = await stage.startService();
      const healthy = await service.createWebhook({ url: stage.receiver.url('/healthy') });
      const failing = await service.createWebhook({ url: stage.receiver.url('/failing') });
      const refuse = refusing(Random.seeded(), 0.3);
      stage.receiver.answer = (request, response) =>
        request.path === '/failing' ? refuse(request, response) : void response.end();
      const load = new Load(stage.topics, { users: 40, perSecond: 200 });
      const offsets = await Offsets.of(stage.topics);
      for (const end of [() => postgres.stop(), () => postgres.kill()]) {
        await received(stage, 100);
        await end();
        const log = service.log.length;
        await eventually(async () => {
          expect((await readiness(service)).down).toContain('database');
        });
        const before = stage.receiver.of('/healthy').length;
        await eventually(() => {
          expect(stage.receiver.of('/healthy').length).toBeGreaterThan(before + 300);
        });
        expect(await offsets.lag()).toBeGreaterThan(0);
        expect(mostRepeated(service.log.slice(log))).toBeLessThanOrEqual(5);
        await postgres.start();
      }
      await received(stage, 100);
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
      stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE });
      const service = await stage.startService();
      const webhookId = await service.createWebhook({ url: stage.receiver.url() });
      stage.receiver.answer = refusing(Random.seeded(), 0.2);
      const load = new Load(stage.topics, { users: 30, perSecond: 150 });
      await received(stage, 100);
      await fault(stage.database.url);
      await received(stage, 100);
      const duplicates = await expectAllDelivered(stage, [{ webhookId, events: await load.stop() }]);
      expect(duplicates).toEqual([0]);
    },
    TIMEOUT_MS,
  );
});

describe('a receiver', () => {
  /** One misbehaviour each; none of them is a success in its own eyes. */
  const misbehaviours: Answering[] = [
    (_request, response) => void response.socket?.resetAndDestroy(),
    (_request, response) => void response.socket?.destroy(),
    // Half open: it never answers, and ends nothing.
    () => undefined,
    (_request, response) => {
      response.writeHead(200, { 'Content-Length': 1_000 });
      const trickle = setInterval(() => response.write('.'), 100);
      response.on('close', () => {
        clearInterval(trickle);
      });
    },
    (_request, response) => {
      const flood = (): void => {
        while (!response.destroyed && response.write('x'.repeat(16_384)));
      };
      response.writeHead(500);
      response.on('drain', flood);
      flood();
    },
    (_request, response) => void response.socket?.end('these bytes are no HTTP\r\n\r\n'),
    (_request, response) => void response.writeHead(301, { Location: '/elsewhere' }).end(),
    (_request, response) => void response.writeHead(429, { 'Retry-After': '1' }).end(),
    (_request, response) =>
      void response.writeHead(429, { 'Retry-After': new Date(Date.now() + 1_000).toUTCString() }).end(),
    (_request, response) => void response.writeHead(500).end('x'.repeat(5_000)),
    (_request, response) => void response.writeHead(400).end(),
  ];

  it(
    'misbehaves in every way there is, and is restarted meanwhile',
    async () => {
      stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE });
      const service = await stage.startService();
      const random = Random.seeded();
      const answer: Answering = (request, response) => {
        if (random.chance(0.2)) return random.pick(misbehaviours)(request, response);
        response.end();
      };
      let receiver = await Receiver.start();
      const { port } = receiver;
      const requests: ReceivedRequest[][] = [receiver.requests];
      receiver.answer = answer;
      const webhookId = await service.createWebhook({ url: receiver.url(), timeout_ms: 1_000 });
      const load = new Load(stage.topics, { users: 100, perSecond: 100 });
      for (const many of [200, 100]) {
        await eventually(() => {
          expect(receiver.requests.length).toBeGreaterThan(many);
        });
        await receiver.close();
        await pause(500);
        receiver = await Receiver.start(port);
        receiver.answer = answer;
        requests.push(receiver.requests);
      }
      await eventually(() => {
        expect(receiver.requests.length).toBeGreaterThan(100);
      });
      const events = await load.stop();
      receiver.answer = (_request, response) => void response.end();
      const duplicates = await expectAllDelivered(stage, [
        { webhookId, events, requests: () => requests.flat() },
      ]);
      await receiver.close();
      // An answer may have been on its way when the receiver was stopped.
      expect(duplicates[0]).toBeLessThanOrEqual(2 * 128);
      const codes = new Set(stage.attempts.map(({ error_code, status_code }) => error_code ?? status_code));
      expect([...codes].map(String).sort()).toEqual(
        expect.arrayContaining([
          '200',
          'connection_refused',
          'connection_reset',
          'http_status',
          'invalid_response',
          'redirect',
          'timeout',
        ]),
      );
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
      await received(stage, 200);
      const second = await stage.startService();
      await eventually(() => {
        expect([partitionsOf(first).size, partitionsOf(second).size]).toEqual([4, 4]);
      });
      const kept = partitionsOf(first);
      await received(stage, 200);
      const fromJoining = repeated(stage.receiver.requests);
      const idle = stage.receiver.requests.length;
      expect(await second.stop()).toEqual({ code: 0, signal: null });
      await eventually(() => {
        expect(partitionsOf(first).size).toBe(8);
      });
      expect(stage.receiver.requests.length).toBeGreaterThan(idle);
      await received(stage, 200);
      const events = await load.stop();
      await expectAllDelivered(stage, [{ webhookId, events }]);
      // Duplicates are of partitions that changed hands while a request was under way, by the joining alone.
      expect(repeated(stage.receiver.requests)).toEqual(fromJoining);
      const partitionOf = new Map(stage.attempts.map((one) => [one.event_id, one.source_partition]));
      expect([...fromJoining.keys()].filter((id) => kept.has(partitionOf.get(id) ?? -1))).toEqual([]);
      expect(offsets.wentBack).toEqual([]);
      await offsets.close();
      expect(await liveRows(stage)).toEqual({});
    },
    TIMEOUT_MS,
  );
});
