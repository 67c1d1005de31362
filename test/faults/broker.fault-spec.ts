/** The broker is away for longer than anything waits, is killed again and again, and loses the results topic. */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedKafka } from '../../dev/embedded-kafka.ts';
import { startTestKafka, type TestServer } from '../support/embedded-services.ts';
import { eventually } from '../support/eventually.ts';
import { Load } from '../support/load.ts';
import { Offsets } from '../support/offsets.ts';
import { expectAllDelivered } from '../support/outcome.ts';
import { cpuSeconds } from '../support/processor.ts';
import { Random } from '../support/random.ts';
import { Stage } from '../support/stage.ts';
import { PATIENT_SCHEDULE, received, refusing } from '../support/traffic.ts';
import { allReady, readiness } from '../support/troubles.ts';

let kafka: TestServer<EmbeddedKafka>;
let stage: Stage;

beforeAll(async () => {
  kafka = await startTestKafka();
});
afterEach(() => stage.strike());
afterAll(() => kafka.close());

async function begin(instances: number): Promise<{ webhookId: string; load: Load }> {
  stage = await Stage.set({ RETRY_SCHEDULE: PATIENT_SCHEDULE }, { brokers: kafka.brokers });
  const first = await stage.startService();
  for (let more = 1; more < instances; more += 1) await stage.startService();
  const webhookId = await first.createWebhook({ url: stage.receiver.url() });
  stage.receiver.answer = refusing(Random.seeded(), 0.1);
  const load = new Load(stage.topics, { users: 60, perSecond: 200 });
  await received(stage, 300);
  return { webhookId, load };
}

describe('the broker', () => {
  it.each([
    ['for longer than the session timeout', 15_000, 1],
    ['for longer than the session timeout, with two instances', 15_000, 2],
    ['for longer than the client tries by itself', 75_000, 2],
  ])('is away %s', async (_what, awayMs, instances) => {
    const { webhookId, load } = await begin(instances);
    await kafka.stop();
    const service = stage.running[0];
    const [from, cpu] = [performance.now(), cpuSeconds(service?.process.pid)];
    await pause(awayMs);
    const seconds = (performance.now() - from) / 1_000;
    if (cpu !== null) {
      const used = (cpuSeconds(service?.process.pid) ?? 0) - cpu;
      expect(used / seconds, 'share of a CPU that was used while nothing could be done').toBeLessThan(0.5);
    }
    if (service && awayMs > 30_000) {
      const { down } = await readiness(service);
      expect(down).toContain('user_events');
    }
    await kafka.start();
    await received(stage, 300);
    const events = await load.stop();
    const duplicates = await expectAllDelivered(stage, [{ webhookId, events }]);
    console.log({ awayMs, instances, events: events.length, duplicates });
    await allReady(stage.running);
  });

  it('is killed again and again', async () => {
    const { webhookId, load } = await begin(2);
    for (let kill = 0; kill < 4; kill += 1) {
      await kafka.kill();
      await pause(kill * 2_000);
      await kafka.start();
      await received(stage, 100);
    }
    const events = await load.stop();
    const duplicates = await expectAllDelivered(stage, [{ webhookId, events }]);
    console.log({ events: events.length, duplicates });
    await allReady(stage.running);
  });
});

describe('the results topic', () => {
  it('is deleted under load and made again: offsets are held, then everything is published', async () => {
    const { webhookId, load } = await begin(1);
    const [service] = stage.running;
    if (!service) throw new Error('no service');
    stage.receiver.answer = (_request, response) => void response.end();
    const admin = stage.topics.kafka.admin();
    await admin.connect();
    // What was published before is gone with the topic; the test has read it.
    await eventually(() => {
      expect(stage.attempts.length).toBeGreaterThan(100);
    });
    await admin.deleteTopics({ topics: [stage.topics.deliveries] });
    await eventually(async () => {
      expect((await readiness(service)).down).toContain('deliveries');
    }, 120_000);
    await received(stage, 200);
    const offsets = await Offsets.of(stage.topics);
    expect(await offsets.lag()).toBeGreaterThan(100);
    await offsets.close();
    await admin.createTopics({
      waitForLeaders: false,
      topics: [{ topic: stage.topics.deliveries, numPartitions: 8 }],
    });
    await admin.disconnect();
    const again = await stage.topics.readAttempts();
    const events = await load.stop();
    const known = stage.attempts;
    await eventually(() => {
      const ids = new Set([...known, ...again.map(({ attempt }) => attempt)].map((one) => one.event_id));
      // Acknowledged, and gone with the topic before the test had read it: of the last moments before the deletion.
      const unknown = events.filter(({ id }) => !ids.has(id)).length;
      expect(unknown).toBeLessThan(200);
    }, 120_000);
    stage.records.push(...again);
    console.log({ webhookId, events: events.length });
    await allReady(stage.running);
    const left = await Offsets.of(stage.topics);
    await eventually(async () => {
      expect(await left.lag()).toBe(0);
    }, 120_000);
    await left.close();
  });
});
