import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { seeded } from '../../../test/support/seeded.ts';
import { RecordHeaders } from '../record-headers.ts';
import { encodeProduce, isPlain, type ProduceRequest } from './produce-encoding.ts';
import type { OutgoingMessage } from './request-bytes.ts';

const requestOfKafkajs = createRequire(import.meta.url)(
  'kafkajs/src/protocol/requests/produce/v3/request',
) as (request: ProduceRequest) => { encode(): Promise<{ buffer: Buffer }> };

/** Of a request with one topic of a name of one letter, and one partition: no transaction, acks, timeout, and so on. */
const BATCH_AT = 2 + 2 + 4 + 4 + 3 + 4 + 4 + 4;
const RECORDS_AT = BATCH_AT + 61;
const NOW = 1_764_000_000_123;

const field = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const message = fc.record({
  key: fc.option(field),
  value: fc.option(field),
  headers: fc.dictionary(fc.string({ maxLength: 80 }), fc.oneof(field, fc.array(field, { maxLength: 3 }))),
});
const request = fc.record({
  acks: fc.constantFrom(-1, 0, 1),
  timeout: fc.nat(),
  producerId: fc.maxSafeInteger().map(String),
  producerEpoch: fc.nat(2 ** 15 - 1),
  topicData: fc.array(
    fc.record({
      topic: fc.string({ unit: 'grapheme', maxLength: 200 }),
      partitions: fc.array(
        fc.record({
          partition: fc.nat(1_000),
          firstSequence: fc.nat(),
          messages: fc.array(message, { minLength: 1, maxLength: 5 }),
        }),
        { maxLength: 3 },
      ),
    }),
    { maxLength: 2 },
  ),
});

async function bytesOfKafkajs(one: ProduceRequest): Promise<Buffer> {
  return (await requestOfKafkajs(one).encode()).buffer;
}

function oneRecord(value: string): ProduceRequest {
  const partitions = [{ partition: 0, messages: [{ key: 'k', value, headers: {} }] }];
  return { acks: -1, timeout: 30_000, topicData: [{ topic: 'results', partitions }] };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
});

afterEach(() => {
  vi.useRealTimers();
});

it('writes the bytes that kafkajs writes', async () => {
  await fc.assert(
    fc.asyncProperty(request, async (one) => {
      expect(encodeProduce(one, NOW).buffer.equals(await bytesOfKafkajs(one))).toBe(true);
    }),
    seeded(500),
  );
});

it.each([0, 50, 63, 64, 127, 128, 8_150, 8_192, 70_000, 1_100_000])(
  'writes a value of %i characters, of one byte and of more, as kafkajs does',
  async (length) => {
    for (const character of ['a', 'é', '語']) {
      const one = oneRecord(character.repeat(length));
      expect(encodeProduce(one, NOW).buffer.equals(await bytesOfKafkajs(one))).toBe(true);
    }
  },
);

it('writes many records as kafkajs does', async () => {
  const messages = Array.from({ length: 2_000 }, (_, index) => ({
    key: `webhook-${index % 7}`,
    value: JSON.stringify({ index, text: 'x'.repeat(index % 300) }),
    headers: { ce_id: String(index), ce_source: '/user-webhooks' },
  }));
  const one = { acks: -1, timeout: 1, topicData: [{ topic: 't', partitions: [{ partition: 3, messages }] }] };
  expect(encodeProduce(one, NOW).buffer.equals(await bytesOfKafkajs(one))).toBe(true);
});

it('writes headers that come as a list as they are: names repeat, are empty or inherited, and values are null', async () => {
  const messages = (headers: NonNullable<OutgoingMessage['headers']>): ProduceRequest => ({
    acks: -1,
    timeout: 1,
    topicData: [{ topic: 't', partitions: [{ partition: 0, messages: [{ value: 'v', headers }] }] }],
  });
  const list = [['a', '1'], ['a', Buffer.from('2')], ['b', 'é']] as const; // prettier-ignore
  const asObject = messages({ a: ['1', Buffer.from('2')], b: 'é' });
  expect(
    encodeProduce(messages(RecordHeaders.of(list)), NOW).buffer.equals(await bytesOfKafkajs(asObject)),
  ).toBe(true);
  const odd = [['x', '1'], ['', null], ['x', null], ['constructor', 'c'], ['__proto__', '']] as const; // prettier-ignore
  const bytes = odd.flatMap(([name, value]) => [
    name.length * 2,
    ...Buffer.from(name),
    ...(value === null ? [1] : [value.length * 2, ...Buffer.from(value)]),
  ]);
  const written = encodeProduce(messages(RecordHeaders.of(odd)), NOW).buffer;
  expect(written.subarray(-bytes.length - 1)).toEqual(Buffer.from([odd.length * 2, ...bytes]));
});

it('packs with gzip what it would write', () => {
  const messages = Array.from({ length: 500 }, (_, index) => ({
    value: 'x',
    headers: RecordHeaders.of([
      ['dlq.offset', String(index)],
      ['dlq.message', 'said again and again'.repeat(10)],
    ]),
  }));
  const one = { acks: -1, timeout: 1, topicData: [{ topic: 't', partitions: [{ partition: 3, messages }] }] };
  const plain = encodeProduce(one, NOW).buffer;
  const packed = encodeProduce({ ...one, compression: 1 }, NOW).buffer;
  expect(packed.length).toBeLessThan(plain.length / 20);
  expect(gunzipSync(packed.subarray(RECORDS_AT)).equals(plain.subarray(RECORDS_AT))).toBe(true);
  const batch = packed.subarray(BATCH_AT);
  expect(batch.readInt32BE(8)).toBe(batch.length - 12);
  expect(batch.readUInt32BE(17)).toBe(crc32c(batch.subarray(21)));
  expect(batch.readInt16BE(21)).toBe(1);
});

it('leaves other compression than gzip, transactions and times of the caller to kafkajs', () => {
  const plain = oneRecord('value');
  expect(isPlain(plain)).toBe(true);
  expect(isPlain({ ...plain, compression: 1 })).toBe(true);
  expect(isPlain({ ...plain, compression: 2 })).toBe(false);
  expect(isPlain({ ...plain, transactionalId: 't' })).toBe(false);
  const messages = [{ value: 'v', timestamp: '1' }];
  expect(isPlain({ ...plain, topicData: [{ topic: 't', partitions: [{ partition: 0, messages }] }] })).toBe(
    false,
  );
});
