/**
 * PostgreSQL or Kafka is away for 20 seconds under load, frozen or ended, and comes back: what could not be sent meanwhile
 * goes out soon after, as `docs/operating.md` says.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { EmbeddedKafka } from '../../dev/embedded-kafka.ts';
import type { EmbeddedPostgres } from '../../dev/embedded-postgres.ts';
import { startTestKafka, startTestPostgres, type TestServer } from '../support/embedded-services.ts';
import { freeze } from '../support/freeze.ts';
import { Load } from '../support/load.ts';
import { expectAllDelivered } from '../support/outcome.ts';
import { Random } from '../support/random.ts';
import { Stage } from '../support/stage.ts';
import { PATIENT_SCHEDULE, received, refusing } from '../support/traffic.ts';
import { waitsOf } from '../support/waits.ts';

const AWAY_MS = 20_000;
const CAUGHT_UP_WITHIN_MS = 10_000;

let kafka: TestServer<EmbeddedKafka>;
let postgres: TestServer<EmbeddedPostgres>;
let stage: Stage;

beforeAll(async () => {
  [kafka, postgres] = await Promise.all([startTestKafka(), startTestPostgres()]);
});
afterEach(() => stage.strike());
afterAll(() => Promise.all([kafka.close(), postgres.close()]));

type Server = TestServer<EmbeddedKafka> | TestServer<EmbeddedPostgres>;

async function frozen(server: Server): Promise<void> {
  const { thaw } = freeze(server.pid ?? 0);
  await pause(AWAY_MS);
  thaw();
}

async function ended(server: Server): Promise<void> {
  await server.stop();
  await pause(AWAY_MS);
  await server.start();
}

it.each([
  ['PostgreSQL', 'frozen', () => frozen(postgres)],
  ['PostgreSQL', 'ended and started again', () => ended(postgres)],
  ['Kafka', 'frozen', () => frozen(kafka)],
  ['Kafka', 'ended and started again', () => ended(kafka)],
])('%s is %s: all that is due has gone out soon after', async (what, how, outage) => {
  stage = await Stage.set(
    { RETRY_SCHEDULE: PATIENT_SCHEDULE },
    { brokers: kafka.brokers, databaseServer: postgres.url },
  );
  const first = await stage.startService();
  await stage.startService();
  const webhookId = await first.createWebhook({ url: stage.receiver.url() });
  // Some wait in PostgreSQL, and what follows them of the same users waits behind them.
  stage.receiver.answer = refusing(Random.seeded(), 0.1);
  const load = new Load(stage.topics, { users: 60, perSecond: 100 });
  await received(stage, 300);
  await outage();
  const back = Date.now();
  stage.receiver.answer = (_request, response) => void response.end();
  const events = await load.stop();
  const duplicates = await expectAllDelivered(stage, [{ webhookId, events }]);
  const waits = waitsOf(load.takenAt, stage.receiver.requests, back);
  console.log(what, how, { ...waits, duplicates: duplicates[0] });
  expect(waits.longestMs).toBeLessThan(CAUGHT_UP_WITHIN_MS);
});
