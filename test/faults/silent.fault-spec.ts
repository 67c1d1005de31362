/**
 * What is there and says nothing: connections that a firewall has forgotten, hosts that stand still, sessions of a server
 * that is the primary no more. It costs seconds, and a stop ends in its time.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withClient, type EmbeddedPostgres } from '../../dev/embedded-postgres.ts';
import type { EmbeddedKafka } from '../../dev/embedded-kafka.ts';
import { freePort } from '../../dev/ports.ts';
import { startTestKafka, startTestPostgres, type TestServer } from '../support/embedded-services.ts';
import { eventually } from '../support/eventually.ts';
import { freeze } from '../support/freeze.ts';
import { Load } from '../support/load.ts';
import { expectAllDelivered } from '../support/outcome.ts';
import { Random } from '../support/random.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { userEvent } from '../support/topics.ts';
import { PATIENT_SCHEDULE, received, refusing } from '../support/traffic.ts';
import { readiness } from '../support/troubles.ts';

const TIMEOUT_MS = 240_000;
/** What README promises of a stop. */
const STOP_WITHIN_MS = 35_000;
/** A silent connection is noticed within some 12 seconds; before, it took minutes. The rest is for a slow machine. */
const SECONDS_MS = 30_000;

let kafka: TestServer<EmbeddedKafka>;
let postgres: TestServer<EmbeddedPostgres>;
/** In front of them, for the service; the tests themselves do without. */
const proxies: Partial<Record<'kafka' | 'postgres', TcpProxy>> = {};
let stage: Stage;
const thaws: (() => void)[] = [];

beforeAll(async () => {
  const port = await freePort();
  proxies.kafka = await TcpProxy.to({ host: '127.0.0.1', port });
  const proxied = {
    name: 'PROXIED',
    protocol: 'PLAINTEXT',
    port,
    advertisedPort: proxies.kafka.port,
  } as const;
  [kafka, postgres] = await Promise.all([
    startTestKafka({ security: { listeners: [proxied], properties: {}, java: [], scram: [] } }),
    startTestPostgres(),
  ]);
  proxies.postgres = await TcpProxy.to({ host: '127.0.0.1', port: Number(new URL(postgres.url).port) });
});

afterEach(async () => {
  for (const thaw of thaws.splice(0)) thaw();
  await stage.strike();
});

afterAll(async () => {
  await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
  await Promise.all([kafka.close(), postgres.close()]);
});

async function setStage(): Promise<void> {
  stage = await Stage.set(
    { RETRY_SCHEDULE: PATIENT_SCHEDULE },
    { brokers: kafka.brokers, databaseServer: postgres.url },
  );
}

function throughProxies(): Record<string, string> {
  const url = new URL(stage.database.url);
  url.port = String(proxies.postgres?.port);
  return { DATABASE_URL: url.href, KAFKA_BROKERS: `127.0.0.1:${proxies.kafka?.port}` };
}

/** A service with one webhook, of whose deliveries a share fails, and traffic. */
async function begin(share = 0): Promise<{ service: Service; webhookId: string; load: Load }> {
  await setStage();
  const service = await stage.startService(throughProxies());
  const webhookId = await service.createWebhook({ url: stage.receiver.url() });
  stage.receiver.answer = refusing(Random.seeded(), share);
  const load = new Load(stage.topics, { users: 40, perSecond: 100 });
  await received(stage, 100);
  return { service, webhookId, load };
}

function freezeServer(server: { readonly pid: number | null }): void {
  const { thaw } = freeze(server.pid ?? 0);
  thaws.push(thaw);
}

async function stopped(service: Service): Promise<number> {
  const from = performance.now();
  expect(await service.stop()).toEqual({ code: 0, signal: null });
  return performance.now() - from;
}

describe('every connection goes silent while new ones work', () => {
  it(
    'to Kafka: reading, committing and publishing go on within seconds',
    async () => {
      const { service, webhookId, load } = await begin();
      proxies.kafka?.loseConnections();
      const from = performance.now();
      const event = userEvent('somebody-else');
      await stage.topics.produce(event);
      await eventually(() => {
        expect(stage.receiver.requests.some(({ headers }) => headers['webhook-id'] === event.id)).toBe(true);
      }, SECONDS_MS);
      const readAfterMs = performance.now() - from;
      await eventually(() => {
        expect(stage.attempts.some(({ event_id }) => event_id === event.id)).toBe(true);
      }, SECONDS_MS);
      console.log({ readAfterMs, resultsAfterMs: performance.now() - from });
      const events = [...(await load.stop()), event];
      await expectAllDelivered(stage, [{ webhookId, events }]);
      expect((await readiness(service)).down).toEqual([]);
    },
    TIMEOUT_MS,
  );

  it(
    'to PostgreSQL: changes and retries go on within seconds',
    async () => {
      const { service, webhookId, load } = await begin(0.2);
      proxies.postgres?.loseConnections();
      const from = performance.now();
      await eventually(async () => {
        const { status } = await service.rest().patch(`/webhooks/${webhookId}`, { description: 'again' });
        expect(status).toBe(200);
      }, SECONDS_MS);
      console.log({ changedAfterMs: performance.now() - from });
      await eventually(async () => {
        expect((await readiness(service)).down).toEqual([]);
      }, SECONDS_MS);
      await expectAllDelivered(stage, [{ webhookId, events: await load.stop() }], SECONDS_MS);
    },
    TIMEOUT_MS,
  );
});

describe('a stop ends in its time', () => {
  it(
    'while Kafka stands still, and another instance goes on',
    async () => {
      const { service, webhookId, load } = await begin();
      // Requests are under way whose results nobody takes.
      stage.receiver.answer = (_request, response) => void setTimeout(() => response.end(), 5_000);
      await received(stage, 100);
      freezeServer(kafka);
      await pause(3_000);
      const tookMs = await stopped(service);
      console.log({ tookMs });
      expect(tookMs).toBeLessThan(STOP_WITHIN_MS);
      thaws.pop()?.();
      stage.receiver.answer = (_request, response) => void response.end();
      const events = await load.stop();
      await stage.startService(throughProxies());
      await expectAllDelivered(stage, [{ webhookId, events }]);
    },
    TIMEOUT_MS,
  );

  it(
    'while PostgreSQL stands still, with retries and a REST request under way',
    async () => {
      const { service, webhookId, load } = await begin(0.3);
      const events = await load.stop();
      freezeServer(postgres);
      const asked = service
        .rest()
        .get('/webhooks')
        .catch(() => null);
      await eventually(async () => {
        expect((await readiness(service)).down).toContain('database');
      });
      const tookMs = await stopped(service);
      console.log({ tookMs });
      expect(tookMs).toBeLessThan(STOP_WITHIN_MS);
      await asked;
      thaws.pop()?.();
      await stage.startService(throughProxies());
      await expectAllDelivered(stage, [{ webhookId, events }]);
    },
    TIMEOUT_MS,
  );

  it(
    'while both stand still, and nothing of what ends can be recorded or stored',
    async () => {
      const { service, webhookId, load } = await begin(0.3);
      const refuse = stage.receiver.answer;
      stage.receiver.answer = (request, response) =>
        void setTimeout(() => void refuse(request, response), 5_000);
      await received(stage, 100);
      const events = await load.stop();
      freezeServer(kafka);
      freezeServer(postgres);
      const tookMs = await stopped(service);
      console.log({ tookMs });
      expect(tookMs).toBeLessThan(STOP_WITHIN_MS);
      for (const thaw of thaws.splice(0)) thaw();
      stage.receiver.answer = (_request, response) => void response.end();
      await stage.startService(throughProxies());
      await expectAllDelivered(stage, [{ webhookId, events }]);
    },
    TIMEOUT_MS,
  );
});

describe('a start ends within seconds, with a sentence', () => {
  async function failedStart(): Promise<string> {
    const service = stage.spawnService(throughProxies());
    await eventually(() => {
      expect(service.exit).toEqual({ code: 1, signal: null });
    }, SECONDS_MS);
    return service.stderr.trim();
  }

  it(
    'while Kafka stands still',
    async () => {
      await setStage();
      freezeServer(kafka);
      expect(await failedStart()).toMatch(/^user-webhooks did not start: No Kafka broker could be used at /);
    },
    TIMEOUT_MS,
  );

  it(
    'while PostgreSQL stands still',
    async () => {
      await setStage();
      freezeServer(postgres);
      expect(await failedStart()).toMatch(/^user-webhooks did not start: PostgreSQL at \S+ cannot be used/);
    },
    TIMEOUT_MS,
  );

  it(
    'where PostgreSQL stops answering while another instance migrates, which may take long',
    async () => {
      await setStage();
      await withClient(stage.database.url, async (other) => {
        await other.query('SELECT pg_advisory_lock(7206951478063218)');
        const start = failedStart();
        await eventually(async () => {
          const { rows } = await other.query(
            "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted",
          );
          expect(rows).toHaveLength(1);
        });
        freezeServer(postgres);
        const stderr = await start.finally(() => thaws.pop()?.());
        expect(stderr).toMatch(
          /^user-webhooks did not start: PostgreSQL at \S+ did not answer within 10 seconds/,
        );
      });
    },
    TIMEOUT_MS,
  );
});

describe('PostgreSQL after a failover', () => {
  async function onServer(statement: string): Promise<void> {
    await withClient(postgres.url, async (client) => {
      await client.query(statement);
    });
  }

  /** Of every session that is there; what a database says itself holds for those that are made later. */
  async function setOldSessions(readOnly: 'on' | 'off'): Promise<void> {
    await onServer(`ALTER SYSTEM SET default_transaction_read_only = ${readOnly}`);
    await onServer('SELECT pg_reload_conf()');
  }

  async function setNewSessions(readOnly: 'on' | 'off'): Promise<void> {
    const name = new URL(stage.database.url).pathname.slice(1);
    await withClient(
      postgres.url.replace(/\?.*|$/, '?options=-c%20default_transaction_read_only%3Doff'),
      async (client) => {
        await client.query(`ALTER DATABASE ${name} SET default_transaction_read_only = ${readOnly}`);
      },
    );
  }

  it(
    'lets go of the sessions that are read-only now, and readiness tells while there are no others',
    async () => {
      const { service, webhookId, load } = await begin(0.2);
      const change = (): Promise<number> =>
        service
          .rest()
          .patch(`/webhooks/${webhookId}`, { description: 'changed' })
          .then(({ status }) => status);
      await setNewSessions('off');
      await Promise.all(Array.from({ length: 20 }, change));
      await setOldSessions('on');
      await eventually(async () => {
        expect(await Promise.all(Array.from({ length: 20 }, change))).toEqual(Array(20).fill(200));
      }, SECONDS_MS);
      expect((await readiness(service)).down).toEqual([]);

      await setNewSessions('on');
      await withClient(
        postgres.url.replace(/\?.*|$/, '?options=-c%20default_transaction_read_only%3Doff'),
        async (client) => {
          await client.query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'user-webhooks%'",
          );
        },
      );
      await eventually(async () => {
        const { data } = await service.rest(null).get<unknown>('/health/ready', { baseURL: service.url });
        expect(data).toMatchObject({ details: { database: { status: 'down' } } });
        expect(JSON.stringify(data)).toContain('PostgreSQL takes no writes: the server is read-only');
      }, SECONDS_MS);
      await setNewSessions('off');
      await eventually(async () => {
        expect((await readiness(service)).down).toEqual([]);
        expect(await change()).toBe(200);
      }, SECONDS_MS);
      await setOldSessions('off');
      await expectAllDelivered(stage, [{ webhookId, events: await load.stop() }]);
    },
    TIMEOUT_MS,
  );
});
