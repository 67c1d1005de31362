import fc from 'fast-check';
import { Logger } from '@nestjs/common';
import { KafkaJSError, type RecordMetadata } from 'kafkajs';
import { describe, expect, it, vi } from 'vitest';
import { logRecord } from '../../test/support/log-record.ts';
import { seeded } from '../../test/support/seeded.ts';
import { readSettings } from '../config/read-settings.ts';
import { kafkaSettings } from '../kafka/kafka.settings.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import type { RecordProducer } from '../kafka/outgoing-record.ts';
import type { RecordHeaders } from '../kafka/record-headers.ts';
import { Metrics } from '../metrics/metrics.ts';
import { DeadLetters } from './dead-letter.ts';
import { Undecodable } from './undecodable.ts';

const SETTINGS = readSettings([kafkaSettings], { KAFKA_BROKERS: 'localhost:9092' });
const LARGE = 'x'.repeat(10_000);
const SOURCE = { topic: 'user-events', partition: 3, offset: '7' };
const FAULT = new Undecodable('invalid_json', 'no JSON'.padEnd(900, '!'));

type Request = Parameters<RecordProducer['send']>[0];

interface Letter {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
}

function record(values: Parameters<typeof logRecord>[0] = {}): LogRecord {
  return logRecord({ key: 'k', value: 'v', offset: 7, ...values });
}

function weightOf({ key, value, headers }: Letter): number {
  return JSON.stringify({ key: textOf(key), value: textOf(value), headers: textsOf(headers) }).length;
}

function textOf(value: Buffer | string | null): string | null {
  return value === null ? null : value.toString();
}

function textsOf(headers: Iterable<readonly [string, Buffer | null]>): (readonly [string, string | null])[] {
  return Array.from(headers, ([name, value]) => [name, textOf(value)] as const);
}

/** What a topic takes of it that refuses whatever is heavier. @returns null where it takes nothing. */
async function published(
  message: LogRecord,
  atMost = 5_000,
  refusal = 'MESSAGE_TOO_LARGE',
): Promise<Letter | null> {
  let taken: Letter | null = null;
  const send = ({ messages }: Request): Promise<RecordMetadata[]> => {
    const letter = messages[0] as Letter;
    if (weightOf(letter) > atMost)
      return Promise.reject(Object.assign(new KafkaJSError('refused'), { type: refusal }));
    taken = letter;
    return Promise.resolve([]);
  };
  const letters = new DeadLetters({ send }, SETTINGS, new Metrics());
  await new Promise<void>((acknowledged) => {
    letters.publish(message, SOURCE, FAULT, acknowledged);
  });
  return taken;
}

function ours(letter: Letter | null): Record<string, string | null> {
  const own = textsOf(letter?.headers ?? []).filter(([name]) => name.startsWith('dlq.'));
  expect(new Set(own.map(([name]) => name)).size).toBe(own.length);
  return Object.fromEntries(own);
}

describe('a record that is too large for the dead-letter topic', () => {
  it('is published without any part of it, if need be, and blocks nothing', async () => {
    const letter = await published(record({ key: LARGE, value: LARGE, headers: { note: LARGE } }));
    expect([letter?.key, letter?.value]).toEqual([null, null]);
    expect(ours(letter)).toMatchObject({
      'dlq.reason': 'invalid_json',
      'dlq.offset': '7',
      'dlq.value_omitted_bytes': '10000',
      'dlq.headers_omitted_bytes': '10004',
      'dlq.key_omitted_bytes': '10000',
    });
  });

  it.each([
    ['value', { value: LARGE }],
    ['headers', { headers: { note: LARGE, small: 'h' } }],
    ['key', { key: LARGE }],
  ])('loses its %s alone, where that is what is too large', async (part, values) => {
    const whole = record({ headers: { small: 'h' }, ...values });
    const letter = await published(whole);
    expect(Object.keys(ours(letter)).filter((name) => name.endsWith('_omitted_bytes'))).toEqual([
      `dlq.${part}_omitted_bytes`,
    ]);
    if (part !== 'value') expect(letter?.value).toEqual(whole.value);
    if (part !== 'headers') expect(textsOf(letter?.headers ?? [])).toContainEqual(['small', 'h']);
    if (part !== 'key') expect(letter?.key).toEqual(whole.key);
  });

  it('keeps the reason and the place in a topic for small records, with less to say', async () => {
    expect(ours(await published(record(), 400))).toMatchObject({
      'dlq.topic': 'user-events',
      'dlq.partition': '3',
      'dlq.offset': '7',
      'dlq.reason': 'invalid_json',
      'dlq.message': 'no JSON'.padEnd(64, '!'),
    });
  });

  it('is left out where the topic takes it in no form, and the log has its place', async () => {
    const lines = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    expect(await published(record(), 100, 'INVALID_RECORD')).toBeNull();
    expect(lines.mock.calls.map(([line]: unknown[]) => line)).toEqual([
      {
        refusedBy: 'user-events-dead-letter',
        code: 'INVALID_RECORD',
        topic: 'user-events',
        partition: 3,
        offset: '7',
        reason: 'invalid_json',
      },
    ]);
    lines.mockRestore();
  });
});

describe("a producer's headers", () => {
  it('stay as they came, beside ours', async () => {
    const headers = { a: ['1', Buffer.from('2')], b: 'b', '': 'c' };
    const letter = await published(record({ headers }));
    expect(textsOf(letter?.headers ?? []).slice(0, 4)).toEqual([['a', '1'], ['a', '2'], ['b', 'b'], ['', 'c']]); // prettier-ignore
  });

  it('never take the place of ours, however often a dead letter is sent back as it is', async () => {
    const headers = { 'dlq.offset': '1', 'original.dlq.offset': '2', 'dlq.x': 'x', dlq: 'y', original: 'z' };
    const letter = await published(record({ headers }));
    expect(ours(letter)['dlq.offset']).toBe('7');
    expect(textsOf(letter?.headers ?? []).filter(([name]) => !name.startsWith('dlq.'))).toEqual([
      ['original.dlq.offset', '1'],
      ['original.original.dlq.offset', '2'],
      ['original.dlq.x', 'x'],
      ['dlq', 'y'],
      ['original', 'z'],
    ]);
  });

  it('are left out together where some begin like ours and nobody could put so many away', async () => {
    const headers = Array.from({ length: 200_000 }, () => ['dlq.x', 'x'] as const);
    const letter = await published(record({ headers }));
    expect(ours(letter)).toMatchObject({ 'dlq.offset': '7', 'dlq.headers_omitted_bytes': '1200000' });
    expect(letter?.value).toEqual(Buffer.from('v'));
  });
});

it('a record keeps its headers as they came, and its offsets where it stands for several: the process died of a null one', async () => {
  const headers = [['x-a', '1'], ['x-a', null], ['', 'e'], ['__proto__', 'p'], ['constructor', 'c']] as const; // prettier-ignore
  const sent: [string, string | undefined][][] = [];
  const send = ({ messages }: Request): Promise<RecordMetadata[]> => {
    for (const { headers: list } of messages)
      sent.push([...(list as RecordHeaders)].map(([name, value]) => [name, value?.toString()]));
    return Promise.resolve([]);
  };
  const letters = new DeadLetters({ send }, SETTINGS, new Metrics());
  const unread = { firstOffset: 7, reason: 'undecodable_batch', message: 'damaged' } as const;
  const record = logRecord({ headers, offset: 9, unread });
  const source = { topic: 'user-events', partition: 0, offset: '7' };
  await new Promise<void>((acknowledged) => {
    letters.publish(record, source, new Undecodable(unread.reason, unread.message), acknowledged);
  });
  expect(sent[0]?.slice(0, 5)).toEqual(headers.map(([name, value]) => [name, value ?? undefined]));
  expect(Object.fromEntries(sent[0]?.slice(5) ?? [])).toMatchObject({
    'dlq.offset': '7',
    'dlq.last_offset': '9',
    'dlq.reason': 'undecodable_batch',
  });
});

it('whatever a producer sends comes to the topic in some form, with where it is and why', async () => {
  const field = fc.oneof(
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc.nat({ max: 20_000 }).map((length) => Buffer.alloc(length, 'x')),
  );
  const name = fc.oneof(
    fc.string({ maxLength: 5 }),
    fc.constantFrom('dlq.x', 'dlq.reason', 'constructor', '__proto__', LARGE),
  );
  const message = fc.record({
    key: fc.option(field),
    value: fc.option(field),
    headers: fc.array(fc.tuple(name, fc.option(field)), { maxLength: 6 }),
  });
  await fc.assert(
    fc.asyncProperty(message, fc.constantFrom(500, 5_000, 500_000), async (values, atMost) => {
      const letter = await published(record(values), atMost);
      expect(ours(letter)).toMatchObject({ 'dlq.offset': '7', 'dlq.reason': 'invalid_json' });
      if (atMost < 500_000) return;
      expect([letter?.key, letter?.value]).toEqual([values.key, values.value]);
      const theirs = ([one]: readonly [string, unknown]): boolean => !one.includes('dlq.');
      expect([...(letter?.headers ?? [])].filter(theirs)).toEqual(values.headers.filter(theirs));
    }),
    seeded(100),
  );
});
