/**
 * Three brokers and three instances, as in production, under load: brokers are killed and rolled, instances are killed and
 * rolled, partitions are added. Nothing is lost or out of order, and no event waits longer than `docs/operating.md` says.
 */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../support/embedded-services.ts';
import { eventually } from '../support/eventually.ts';
import { Load } from '../support/load.ts';
import { Offsets } from '../support/offsets.ts';
import { expectAllDelivered } from '../support/outcome.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import type { UserEventValue } from '../support/topics.ts';
import { received } from '../support/traffic.ts';
import { waitsOf } from '../support/waits.ts';

let cluster: TestCluster;
let stage: Stage;

beforeAll(async () => {
  cluster = await startTestCluster();
});
afterEach(() => stage.strike());
afterAll(() => cluster.close());

const LOAD = { users: 100, perSecond: 100 };

interface Drill {
  readonly webhookId: string;
  readonly load: Load;
  readonly offsets: Offsets;
}

async function begin(): Promise<Drill> {
  stage = await Stage.set({}, { brokers: cluster.brokers });
  await allInSync();
  const first = await stage.startService();
  await stage.startService();
  await stage.startService();
  const webhookId = await first.createWebhook({ url: stage.receiver.url() });
  await shared(8);
  const offsets = await Offsets.of(stage.topics);
  offsets.watch(250);
  const load = new Load(stage.topics, LOAD);
  await received(stage, 300);
  return { webhookId, load, offsets };
}

/** @returns how long the event waited that waited longest. */
async function end(
  what: string,
  { webhookId, load, offsets }: Drill,
  before: readonly UserEventValue[] = [],
): Promise<number> {
  await received(stage, 300);
  const events = [...before, ...(await load.stop())];
  const duplicates = await expectAllDelivered(stage, [{ webhookId, events }]);
  expect(offsets.wentBack).toEqual([]);
  await offsets.close();
  const waits = waitsOf(load.takenAt, stage.receiver.requests);
  console.log(what, { ...waits, duplicates: duplicates[0], repeats: load.repeats });
  return waits.longestMs;
}

function partitionsOf(service: Service): number[] {
  return (service.log.findLast(({ msg }) => msg === 'joined the consumer group')?.['partitions'] ??
    []) as number[];
}

/** Waits until the running instances have shared so many partitions among them. */
async function shared(count: number): Promise<void> {
  const all = Array.from({ length: count }, (_, partition) => partition);
  await eventually(() => {
    const owned = stage.running.flatMap(partitionsOf);
    expect(owned.toSorted((one, other) => one - other)).toEqual(all);
  }, 120_000);
}

/** Waits until every broker has every record again. */
async function allInSync(): Promise<void> {
  const admin = stage.topics.kafka.admin();
  await admin.connect();
  await eventually(async () => {
    const { topics } = await admin.fetchTopicMetadata();
    const partitions = topics.flatMap((topic) => topic.partitions);
    expect(partitions.filter(({ isr }) => isr.length < 3)).toEqual([]);
  }, 120_000);
  await admin.disconnect();
}

it('each broker is killed in turn, with all that it leads and coordinates', async () => {
  const drill = await begin();
  for (const node of cluster.nodes) {
    await node.kill();
    await received(stage, 1_500);
    await node.start();
    await allInSync();
    await received(stage, 200);
  }
  expect(await end('brokers killed', drill)).toBeLessThan(15_000);
});

it('the brokers are rolled one by one', async () => {
  const drill = await begin();
  for (const node of cluster.nodes) {
    await node.stop();
    await node.start();
    await allInSync();
    await received(stage, 200);
  }
  expect(await end('brokers rolled', drill)).toBeLessThan(15_000);
});

it('the instances are rolled one by one: a new one comes, then an old one goes', async () => {
  const drill = await begin();
  for (const old of stage.running) {
    await stage.startService();
    await shared(8);
    await received(stage, 200);
    expect(await old.stop()).toEqual({ code: 0, signal: null });
    await shared(8);
    await received(stage, 200);
  }
  expect(await end('instances rolled', drill)).toBeLessThan(2_000);
});

it('an instance is killed', async () => {
  const drill = await begin();
  await stage.running[1]?.kill();
  await shared(8);
  expect(await end('an instance killed', drill)).toBeLessThan(15_000);
});

it('partitions are added, between two loads so that no user is overtaken by events of before', async () => {
  const drill = await begin();
  const before = await drill.load.stop();
  await eventually(async () => {
    expect(await drill.offsets.lag()).toBe(0);
  }, 120_000);
  const admin = stage.topics.kafka.admin();
  await admin.connect();
  await admin.createPartitions({ topicPartitions: [{ topic: stage.topics.events, count: 12 }] });
  await admin.disconnect();
  const load = new Load(stage.topics, LOAD);
  await shared(12);
  await eventually(async () => {
    const committed = await drill.offsets.committed();
    for (const partition of [8, 9, 10, 11]) expect(committed.get(partition)).toBeGreaterThan(0);
  });
  expect(await end('partitions added', { ...drill, load }, before)).toBeLessThan(15_000);
});
