/** The database is away for longer than a lease, hangs, or its connections are lost without a word. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { EmbeddedPostgres } from '../../dev/embedded-postgres.ts';
import { startTestPostgres, type TestServer } from '../support/embedded-services.ts';
import { Load } from '../support/load.ts';
import { freeze } from '../support/freeze.ts';
import { expectAllDelivered } from '../support/outcome.ts';
import { cpuSeconds, residentMiB } from '../support/processor.ts';
import { Random } from '../support/random.ts';
import { Stage } from '../support/stage.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { PATIENT_SCHEDULE, received, refusing } from '../support/traffic.ts';
import { allReady } from '../support/troubles.ts';

let postgres: TestServer<EmbeddedPostgres>;
let proxy: TcpProxy;
let stage: Stage;

beforeAll(async () => {
  postgres = await startTestPostgres();
  proxy = await TcpProxy.to({ host: '127.0.0.1', port: Number(new URL(postgres.url).port) });
});
afterEach(() => stage.strike());
afterAll(async () => {
  await proxy.close();
  await postgres.close();
});

/** @param share of the requests that are refused. */
async function begin(instances: number, share: number): Promise<{ webhookId: string; load: Load }> {
  stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE }, { databaseServer: postgres.url });
  const throughProxy = new URL(stage.database.url);
  throughProxy.port = String(proxy.port);
  const first = await stage.startService({ DATABASE_URL: throughProxy.href });
  for (let more = 1; more < instances; more += 1) {
    await stage.startService({ DATABASE_URL: throughProxy.href });
  }
  const webhookId = await first.createWebhook({ url: stage.receiver.url() });
  stage.receiver.answer = refusing(Random.seeded(), share);
  const load = new Load(stage.topics, { users: 60, perSecond: 200 });
  await received(stage, 300);
  return { webhookId, load };
}

it('is away for longer than a lease: memory, log and CPU stay within bounds, and all goes on when it is back', async () => {
  const { webhookId, load } = await begin(2, 0.2);
  await postgres.stop();
  await pause(5_000);
  const [service] = stage.running;
  const pid = service?.process.pid;
  const [from, cpu, lines] = [performance.now(), cpuSeconds(pid), service?.log.length ?? 0];
  await pause(40_000);
  const seconds = (performance.now() - from) / 1_000;
  const used = ((cpuSeconds(pid) ?? 0) - (cpu ?? 0)) / seconds;
  const perSecond = ((service?.log.length ?? 0) - lines) / seconds;
  console.log({ cpuShare: used, linesPerSecond: perSecond, residentMiB: residentMiB(pid) });
  if (cpu !== null) expect(used).toBeLessThan(0.6);
  expect(perSecond).toBeLessThan(30);
  expect(residentMiB(pid) ?? 0).toBeLessThan(600);
  await postgres.start();
  const events = await load.stop();
  const duplicates = await expectAllDelivered(stage, [{ webhookId, events }]);
  console.log({ events: events.length, duplicates });
  await allReady(stage.running);
});

it('hangs for a while, as its processes are frozen', async () => {
  const { webhookId, load } = await begin(1, 0.2);
  const frozen = freeze(postgres.pid ?? 0);
  await pause(10_000);
  frozen.thaw();
  await received(stage, 200);
  const events = await load.stop();
  const duplicates = await expectAllDelivered(stage, [{ webhookId, events }]);
  expect(duplicates).toEqual([0]);
  await allReady(stage.running);
});

it('loses its connections without a word, as when its host is replaced: new ones are made in finite time', async () => {
  const { webhookId, load } = await begin(1, 0.2);
  proxy.loseConnections();
  await pause(1_000);
  const events = await load.stop();
  await expectAllDelivered(stage, [{ webhookId, events }]);
  await allReady(stage.running);
});

it.each([
  ['nothing waits', 0],
  ['retries are under way', 0.3],
])(
  'a service that is told to stop while the database is away and %s ends in finite time, and another goes on',
  async (_what, share) => {
    const { webhookId, load } = await begin(1, share);
    const events = await load.stop();
    await postgres.stop();
    await pause(1_000);
    const [service] = stage.running;
    expect(await service?.stop()).toEqual({ code: 0, signal: null });
    await postgres.start();
    await stage.startService();
    await expectAllDelivered(stage, [{ webhookId, events }]);
  },
);
