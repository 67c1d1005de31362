/** The log of a topic, read from any offset without a consumer group, from a real broker. */
import { randomUUID } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { Admin, Producer } from 'kafkajs';
import { afterAll, beforeAll, beforeEach, afterEach, expect, inject, it } from 'vitest';
import { createCluster } from '../../src/kafka/cluster.ts';
import { Kafka, logLevel } from '../../src/kafka/kafkajs.ts';
import { LogUnavailable, OffsetGone, UnknownPartition } from '../../src/kafka/log-faults.ts';
import { LogReader } from '../../src/kafka/log-reader.ts';
import type { LogRecord } from '../../src/kafka/log-record.ts';
import { startTestKafka } from '../support/embedded-services.ts';
import { eventually } from '../support/eventually.ts';
import { freeze } from '../support/freeze.ts';
import { batch } from '../support/log-batch.ts';
import { lz4, snappyFramed, snappyRaw } from '../support/packing.ts';
import { produceRaw } from '../support/raw-produce.ts';
import { values } from '../support/read-fetched.ts';

const AT_ONCE = { maxWaitMs: 0 };
const CODECS = [
  { codec: 0 },
  { codec: 1, pack: gzipSync },
  { codec: 2, pack: snappyRaw },
  { codec: 2, pack: snappyFramed },
  { codec: 3, pack: lz4 },
  { codec: 4, pack: zstdCompressSync },
];

let kafka: Kafka;
let admin: Admin;
let producer: Producer;
let topic: string;
let reader: LogReader;

/** Silence is noticed after a second here. */
function client(brokers: string): Kafka {
  return new Kafka({
    brokers: [brokers],
    connectionTimeout: 1_000,
    retry: { retries: 1, initialRetryTime: 50 },
    logLevel: logLevel.NOTHING,
  });
}

function read(of: string, from = kafka, tryForMs = 10_000): LogReader {
  return new LogReader(() => createCluster(from), {
    topic: of,
    maxRecordBytes: 100_000,
    tryForMs,
    explain: () => null,
  });
}

beforeAll(async () => {
  kafka = client(inject('kafkaBrokers'));
  admin = kafka.admin();
  producer = kafka.producer({ allowAutoTopicCreation: false });
  await Promise.all([admin.connect(), producer.connect()]);
});

afterAll(async () => {
  await Promise.all([admin.disconnect(), producer.disconnect()]);
});

beforeEach(async () => {
  topic = `log-${randomUUID()}`;
  await create(admin, topic, 2);
  reader = read(topic);
});

afterEach(() => reader.close());

async function create(by: Admin, name: string, numPartitions: number): Promise<void> {
  await eventually(async () => {
    await by.createTopics({ waitForLeaders: false, topics: [{ topic: name, numPartitions }] });
    expect((await by.fetchTopicMetadata({ topics: [name] })).topics[0]?.partitions).toHaveLength(
      numPartitions,
    );
  });
}

const produce = (...messages: { value: string; timestamp?: string }[]): Promise<unknown> =>
  producer.send({ topic, messages: messages.map((message) => ({ ...message, partition: 0 })) });

/** All from an offset to the end of the log, and what would be asked for next. */
async function readOn(from: number): Promise<{ records: LogRecord[]; next: number }> {
  const records: LogRecord[] = [];
  let next = from;
  for (;;) {
    const found = await reader.read(0, next, AT_ONCE);
    if (found === null) return { records, next };
    expect(found.firstOffset).toBe(next);
    expect(found.lastOffset).toBeGreaterThanOrEqual(next);
    records.push(...found.records);
    next = found.lastOffset + 1;
  }
}

it('reads from the middle of a batch, packed in any way', async () => {
  for (const { codec, pack } of CODECS) {
    const records = Array.from({ length: 10 }, (_, index) => ({ value: `${codec}-${index}` }));
    await produceRaw(kafka, { topic, partition: 0 }, batch(records, { codec, ...(pack ? { pack } : {}) }));
  }
  for (const [index, { codec }] of CODECS.entries()) {
    const found = await reader.read(0, 10 * index + 7, { maxWaitMs: 0, maxBytes: 1 });
    expect(values(found?.records ?? [])).toEqual([7, 8, 9].map((at) => [10 * index + at, `${codec}-${at}`]));
  }
  const { records, next } = await readOn(3);
  expect([records.length, next]).toEqual([57, 60]);
});

it('reads a batch that is larger than what was asked for, in portions, and records that are too large as such', async () => {
  const value = (index: number): string => String(index).padEnd(index === 1 ? 200_000 : 60_000, 'x');
  const records = Array.from({ length: 50 }, (_, index) => ({ value: value(index) }));
  await produceRaw(kafka, { topic, partition: 0 }, batch(records, { codec: 4, pack: zstdCompressSync }));
  const first = await reader.read(0, 0, { maxWaitMs: 0, maxBytes: 1 });
  expect(first?.lastOffset).toBeLessThan(49);
  const { records: found, next } = await readOn(0);
  expect(found.map(({ offset }) => offset)).toEqual(records.map((_, index) => index));
  expect(found.filter(({ unread }) => unread).map(({ offset, unread }) => [offset, unread?.reason])).toEqual([
    [1, 'too_large'],
  ]);
  expect(next).toBe(50);
});

it('passes what was aborted, and markers, and waits for what is not over', async () => {
  const transactional = kafka.producer({
    transactionalId: topic,
    maxInFlightRequests: 1,
    idempotent: true,
    // The broker refuses a transaction while it is still ending the one before.
    retry: { retries: 20, initialRetryTime: 50 },
  });
  await transactional.connect();
  const send = async (value: string, end: 'commit' | 'abort' | null): Promise<{ abort(): Promise<void> }> => {
    const transaction = await transactional.transaction();
    await transaction.send({ topic, messages: [{ value, partition: 0 }] });
    if (end !== null) await transaction[end]();
    return transaction;
  };
  await send('aborted', 'abort');
  await send('committed', 'commit');
  const open = await send('open', null);
  await produce({ value: 'behind' });
  expect(values((await readOn(0)).records)).toEqual([[2, 'committed']]);
  expect((await reader.bounds()).get(0)).toEqual({ low: 0, high: 6 });
  await open.abort();
  await eventually(async () => {
    expect(values((await readOn(0)).records)).toEqual([[2, 'committed'], [5, 'behind']]); // prettier-ignore
  });
  await transactional.disconnect();
});

it('waits for a record for as long as it is told', async () => {
  expect(await reader.read(0, 0, { maxWaitMs: 100 })).toBeNull();
  const waiting = reader.read(0, 0, { maxWaitMs: 60_000 });
  await produce({ value: 'late' });
  expect(values((await waiting)?.records ?? [])).toEqual([[0, 'late']]);
});

it('finds offsets by time, and says what the log has', async () => {
  const at = (ms: number): { value: string; timestamp: string } => ({
    value: String(ms),
    timestamp: String(1_790_000_000_000 + ms),
  });
  await produce(at(1_000), at(2_000), at(3_000));
  const offset = async (ms: number): Promise<number | undefined> =>
    (await reader.offsetsAt(1_790_000_000_000 + ms)).get(0);
  expect([await offset(0), await offset(2_000), await offset(2_000.5), await offset(3_001)]).toEqual([
    0, 1, 2, 3,
  ]);
  expect((await reader.offsetsAt(-5)).get(0)).toBe(0);
  expect(await reader.offsetsAt(Date.UTC(2100, 0))).toEqual(new Map([[0, 3], [1, 0]])); // prettier-ignore
  expect(await reader.bounds()).toEqual(new Map([[0, { low: 0, high: 3 }], [1, { low: 0, high: 0 }]])); // prettier-ignore
});

it('says what is gone, or not there yet', async () => {
  await produce({ value: 'a' }, { value: 'b' }, { value: 'c' });
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '2' }] });
  await expect(reader.read(0, 0, AT_ONCE)).rejects.toMatchObject({
    name: 'OffsetGone',
    beginsAt: 2,
    endsAt: 3,
  });
  await expect(reader.read(0, 4, AT_ONCE)).rejects.toBeInstanceOf(OffsetGone);
  await expect(reader.read(0, 4, AT_ONCE)).rejects.toThrow(
    `partition 0 of the topic ${topic} has no offset 4: its first offset is 2, and its next record will have the offset 3`,
  );
  expect(await reader.read(0, 3, AT_ONCE)).toBeNull();
  await expect(reader.read(2, 0, AT_ONCE)).rejects.toBeInstanceOf(UnknownPartition);
});

it('finds partitions that are added, and a topic that is deleted and made again', async () => {
  await produce({ value: 'a' }, { value: 'b' }, { value: 'c' });
  expect((await readOn(0)).next).toBe(3);
  await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] });
  await eventually(async () => {
    expect(await reader.read(2, 0, AT_ONCE)).toBeNull();
    expect([...(await reader.bounds()).keys()].sort()).toEqual([0, 1, 2]);
  });
  await admin.deleteTopics({ topics: [topic] });
  await create(admin, topic, 1);
  await produce({ value: 'new' });
  await expect(reader.read(0, 3, AT_ONCE)).rejects.toMatchObject({ beginsAt: 0, endsAt: 1 });
  expect(values((await readOn(0)).records)).toEqual([[0, 'new']]);
  expect(await reader.bounds()).toEqual(new Map([[0, { low: 0, high: 1 }]]));
});

it('a topic that there is not, and a reader that is closed, are said in time', async () => {
  const missing = read(`${topic}-missing`, kafka, 500);
  await expect(missing.bounds()).rejects.toBeInstanceOf(LogUnavailable);
  await missing.close();
  const refused = expect(reader.read(0, 0, { maxWaitMs: 60_000 })).rejects.toBeInstanceOf(LogUnavailable);
  await reader.close();
  await refused;
});

it.runIf(process.platform === 'linux')(
  'a broker that stands still costs seconds; one that starts again is read on',
  async () => {
    const server = await startTestKafka();
    const own = client(server.brokers);
    const ownAdmin = own.admin();
    await ownAdmin.connect();
    await create(ownAdmin, topic, 1);
    await ownAdmin.disconnect();
    await produceRaw(own, { topic, partition: 0 }, batch([{ value: 'a' }, { value: 'b' }]));
    const patient = read(topic, own, 60_000);
    const hasty = read(topic, own, 2_000);
    for (const one of [patient, hasty]) expect((await one.read(0, 0, AT_ONCE))?.lastOffset).toBe(1);

    const { thaw } = freeze(server.pid ?? 0);
    const before = performance.now();
    await expect(hasty.read(0, 1, AT_ONCE)).rejects.toBeInstanceOf(LogUnavailable);
    expect(performance.now() - before).toBeLessThan(10_000);
    const waiting = patient.read(0, 1, AT_ONCE);
    await expect(hasty.bounds()).rejects.toBeInstanceOf(LogUnavailable);
    thaw();
    expect(values((await waiting)?.records ?? [])).toEqual([[1, 'b']]);

    await server.kill();
    const meanwhile = patient.bounds();
    await server.start();
    expect(await meanwhile).toEqual(new Map([[0, { low: 0, high: 2 }]]));
    await Promise.all([patient.close(), hasty.close()]);
    await server.close();
  },
);
