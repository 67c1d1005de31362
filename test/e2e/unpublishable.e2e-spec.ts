/** What a topic does not take is published smaller, or left out and logged. A topic that takes nothing is away. */
import { zstdCompressSync } from 'node:zlib';
import axios from 'axios';
import {
  CompressionCodecs,
  CompressionTypes,
  ConfigResourceTypes,
  Partitioners,
  type IHeaders,
  type KafkaMessage,
  type Message,
} from 'kafkajs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent, type UserEventValue } from '../support/topics.ts';

/** Promised in docs/guarantee.md. */
const WITHIN_MS = 10_000;
const PARTITIONS = 8;
const MEGABYTE = 1_000_000;

let stage: Stage;

beforeEach(async () => {
  stage = await Stage.set();
});

afterEach(() => stage.strike());

/** @param configs by name. */
async function configure(topic: string, configs: Readonly<Record<string, string>>): Promise<void> {
  const admin = stage.topics.kafka.admin();
  await admin.connect();
  const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }));
  const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }];
  await admin.alterConfigs({ validateOnly: false, resources });
  await admin.disconnect();
}

async function startService(environment: Record<string, string> = {}): Promise<Service> {
  const service = await stage.startService(environment);
  await service.createWebhook({ url: stage.receiver.url('/hook') });
  return service;
}

/** Events of others, in every partition, behind what was written before. */
async function othersAreDelivered(): Promise<void> {
  const events = Array.from({ length: 4 * PARTITIONS }, (_, index) => userEvent(`other-${index}`));
  await stage.topics.produce(...events);
  await eventually(() => {
    const received = new Set(stage.receiver.requests.map(({ headers }) => headers['webhook-id']));
    expect(events.filter(({ id }) => !received.has(id))).toEqual([]);
  }, WITHIN_MS);
}

async function readiness(service: Service): Promise<{ status: number; details: unknown }> {
  const answer = await axios.get<{ details: unknown }>(`${service.url}/health/ready`, {
    validateStatus: () => true,
    proxy: false,
  });
  return { status: answer.status, details: answer.data.details };
}

/** An answer of readiness is kept for a moment. */
async function isReady(service: Service): Promise<void> {
  await eventually(async () => {
    expect((await readiness(service)).status).toBe(200);
  });
}

function headerOf(message: KafkaMessage | undefined, name: string): string | undefined {
  const value = message?.headers?.[name];
  return Array.isArray(value) ? value.join() : value?.toString();
}

describe('a record that is no event, and that no topic takes as it came', () => {
  const timestamp = `2026-11-24T10:00:00.${'0'.repeat(MEGABYTE)}Z`;
  // Its property is the header, not the prototype.
  const inherited = Object.fromEntries([['constructor', 'c'], ['__proto__', 'p']]) as IHeaders; // prettier-ignore
  const hostile: [string, Message, CompressionTypes?][] = [
    ['a timestamp with a megabyte of digits', { value: JSON.stringify(userEvent('u', { timestamp })) }],
    ["a producer's own dlq.x header of 9 MB", { value: 'x', headers: { 'dlq.x': 'x'.repeat(9 * MEGABYTE) } }],
    ['a header named constructor', { value: 'x', headers: inherited }],
    ['a key of 2 MB', { key: 'k'.repeat(2 * MEGABYTE), value: 'x' }],
    [
      'headers of 5 MB',
      { value: 'x', headers: { h: Array.from({ length: 500 }, () => 'v'.repeat(10_000)) } },
    ],
    ['50 MB, unpacked from zstd', { value: Buffer.alloc(50 * MEGABYTE, 'x') }, CompressionTypes.ZSTD],
    ['100 MB, unpacked from zstd', { value: Buffer.alloc(105 * MEGABYTE, 'x') }, CompressionTypes.ZSTD],
  ];

  it.each(hostile)('%s: becomes a dead letter, and is not tried for ever', async (_what, message, codec) => {
    await configure(stage.topics.events, { 'max.message.bytes': String(20 * MEGABYTE) });
    const service = await startService({ MAX_EVENT_BYTES: '67108864' });
    const deadLetters = await stage.topics.readDeadLetters();
    await write({ key: 'k', ...message }, codec ?? CompressionTypes.None);
    await othersAreDelivered();
    await eventually(() => {
      expect(deadLetters).toHaveLength(1);
    });
    const [letter] = deadLetters;
    expect(headerOf(letter, 'dlq.offset')).toBe('0');
    expect(headerOf(letter, 'dlq.topic')).toBe(stage.topics.events);
    await eventually(async () => {
      expect(await stage.topics.committed()).toBe(1 + 4 * PARTITIONS);
    });
    expect((await readiness(service)).status).toBe(200);
    expect(service.exit).toBeNull();
  });

  async function write(message: Message, compression: CompressionTypes): Promise<void> {
    const codecs = CompressionCodecs as Record<number, () => object>;
    codecs[CompressionTypes.ZSTD] = () => ({
      compress: (encoder: { buffer: Buffer }) => Promise.resolve(zstdCompressSync(encoder.buffer)),
    });
    const producer = stage.topics.kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    // A partition is named, as kafkajs takes minutes to choose one for a long key.
    await producer.send({
      topic: stage.topics.events,
      compression,
      messages: [{ ...message, partition: 1 }],
    });
    await producer.disconnect();
  }
});

it("a producer's dlq.* headers are put away, so that ours are there once", async () => {
  await startService();
  const deadLetters = await stage.topics.readDeadLetters();
  await stage.topics.write([{ value: 'x', headers: { 'dlq.offset': '4711', 'dlq.x': 'theirs' } }]);
  await eventually(() => {
    expect(deadLetters).toHaveLength(1);
  });
  const [letter] = deadLetters;
  expect(headerOf(letter, 'dlq.offset')).toBe('0');
  expect(headerOf(letter, 'dlq.x')).toBeUndefined();
  expect(headerOf(letter, 'original.dlq.offset')).toBe('4711');
  expect(headerOf(letter, 'original.dlq.x')).toBe('theirs');
});

describe('a results topic for small records', () => {
  async function deliver(maxMessageBytes: number): Promise<{ service: Service; events: UserEventValue[] }> {
    await configure(stage.topics.deliveries, { 'max.message.bytes': String(maxMessageBytes) });
    stage.receiver.answer = (_request, response) => void response.end('x'.repeat(1_000));
    const service = await startService();
    const events = Array.from({ length: 20 }, (_, index) => userEvent(`small-${index}`));
    await stage.topics.produce(...events);
    await eventually(async () => {
      expect(await stage.topics.committed()).toBe(events.length);
    });
    await othersAreDelivered();
    return { service, events };
  }

  it('has all results, without what the receivers said', async () => {
    const { service, events } = await deliver(1_400);
    await eventually(() => {
      expect(new Set(stage.attempts.map(({ event_id }) => event_id)).size).toBe(
        events.length + 4 * PARTITIONS,
      );
    });
    expect(new Set(stage.attempts.map(({ response_body }) => response_body))).toEqual(new Set([null]));
    expect(headerOf(stage.records[0]?.message, 'omitted')).toBe('response_body');
    expect(await readiness(service)).toMatchObject({
      status: 200,
      details: { deliveries: { status: 'up' } },
    });
  });

  it('that takes none is away: offsets are held, readiness says what to do, and then it has all results', async () => {
    await configure(stage.topics.deliveries, { 'max.message.bytes': '100' });
    const service = await startService();
    await othersAreDelivered();
    await eventually(async () => {
      expect(await readiness(service)).toMatchObject({
        status: 503,
        details: {
          deliveries: { message: expect.stringContaining('raise its max.message.bytes') as string },
        },
      });
    });
    expect(await stage.topics.committed()).toBe(0);
    await configure(stage.topics.deliveries, { 'max.message.bytes': String(MEGABYTE) });
    await eventually(async () => {
      expect(await stage.topics.committed()).toBe(4 * PARTITIONS);
    });
    expect(stage.attempts).toHaveLength(4 * PARTITIONS);
    await isReady(service);
  });
});

it('a dead-letter topic that takes nothing holds its record, and no others', async () => {
  await configure(stage.topics.deadLetters, { 'max.message.bytes': '100' });
  const service = await startService();
  const deadLetters = await stage.topics.readDeadLetters();
  await stage.topics.write([{ key: 'k', value: 'x', partition: 1 }]);
  await othersAreDelivered();
  await eventually(async () => {
    expect(await readiness(service)).toMatchObject({
      status: 503,
      details: { dead_letters: { status: 'down' } },
    });
  });
  await configure(stage.topics.deadLetters, { 'max.message.bytes': String(MEGABYTE) });
  await eventually(async () => {
    expect(await stage.topics.committed()).toBe(1 + 4 * PARTITIONS);
  });
  expect(deadLetters.map(({ value }) => value?.toString())).toEqual(['x']);
  await isReady(service);
});

it('a compacted dead-letter topic takes no record without a key: such a one holds nothing up', async () => {
  await configure(stage.topics.deadLetters, { 'cleanup.policy': 'compact' });
  const service = await startService();
  const deadLetters = await stage.topics.readDeadLetters();
  await stage.topics.write([{ value: 'no key', partition: 1 }, { key: 'k', value: 'a key', partition: 1 }]); // prettier-ignore
  await othersAreDelivered();
  await eventually(() => {
    // It may be there twice: the broker took it the first time, beside the one that it refused.
    expect(new Set(deadLetters.map(({ value }) => String(value)))).toEqual(new Set(['a key']));
  });
  await eventually(() => {
    const lines = service.log.filter(({ refusedBy }) => refusedBy === stage.topics.deadLetters);
    expect(lines).toMatchObject([{ level: 50, code: 'INVALID_RECORD', partition: 1, offset: '0' }]);
  });
});
