import fc from 'fast-check';
import { Logger } from '@nestjs/common';
import { KafkaJSError, type KafkaMessage, type ProducerRecord, type RecordMetadata } from 'kafkajs';
import { describe, expect, it, vi } from 'vitest';
import { seeded } from '../../test/support/seeded.ts';
import { readSettings } from '../config/read-settings.ts';
import { headerList, type HeaderList } from '../kafka/header-list.ts';
import { kafkaSettings } from '../kafka/kafka.settings.ts';
import { DeadLetters } from './dead-letter.ts';
import { Undecodable } from './undecodable.ts';

const SETTINGS = readSettings([kafkaSettings], { KAFKA_BROKERS: 'localhost:9092' });
const LARGE = 'x'.repeat(10_000);
const SOURCE = { topic: 'user-events', partition: 3, offset: '7' };
const FAULT = new Undecodable('invalid_json', 'no JSON'.padEnd(900, '!'));

interface Letter {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: HeaderList;
}

function record(values: Partial<Pick<KafkaMessage, 'key' | 'value' | 'headers'>> = {}): KafkaMessage {
  return {
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    headers: {},
    offset: '7',
    timestamp: '0',
    attributes: 0,
    ...values,
  };
}

function weightOf({ key, value, headers }: Letter): number {
  return JSON.stringify({ key: textOf(key), value: textOf(value), headers: textsOf(headers) }).length;
}

function textOf(value: Buffer | string | null): string | null {
  return value === null ? null : value.toString();
}

function textsOf(headers: HeaderList): (readonly [string, string | null])[] {
  return headers.map(([name, value]) => [name, textOf(value)] as const);
}

/** What a topic takes of it that refuses whatever is heavier. @returns null where it takes nothing. */
async function published(message: KafkaMessage, atMost = 5_000): Promise<Letter | null> {
  let taken: Letter | null = null;
  const send = ({ messages }: ProducerRecord): Promise<RecordMetadata[]> => {
    const letter = messages[0] as unknown as Letter;
    if (weightOf(letter) > atMost)
      return Promise.reject(Object.assign(new KafkaJSError('too large'), { type: 'MESSAGE_TOO_LARGE' }));
    taken = letter;
    return Promise.resolve([]);
  };
  const letters = new DeadLetters({ send }, SETTINGS);
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
    const letter = await published(
      record({ key: Buffer.from(LARGE), value: Buffer.from(LARGE), headers: { note: LARGE } }),
    );
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
    ['value', { value: Buffer.from(LARGE) }],
    ['headers', { headers: { note: LARGE } }],
    ['key', { key: Buffer.from(LARGE) }],
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

  it('is left out where the topic takes nothing at all, and the log has its place', async () => {
    const lines = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    expect(await published(record(), 100)).toBeNull();
    expect(lines.mock.calls.map(([line]: unknown[]) => line)).toEqual([
      {
        refusedBy: 'user-events-dead-letter',
        code: 'MESSAGE_TOO_LARGE',
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

  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty'])(
    'may have the name %s, which every object has: the record was tried for ever',
    async (name) => {
      // What kafkajs makes of it.
      const inherited: unknown = ({} as Record<string, unknown>)[name];
      const headers = Object.fromEntries([[name, [inherited, Buffer.from('v')] as Buffer[]]]);
      expect(textsOf((await published(record({ headers })))?.headers ?? [])).toContainEqual([name, 'v']);
    },
  );
});

it('whatever a producer sends comes to the topic in some form, with where it is and why', async () => {
  const field = fc.oneof(
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    fc.nat({ max: 20_000 }).map((length) => Buffer.alloc(length, 'x')),
  );
  const name = fc.oneof(
    fc.string({ maxLength: 5 }),
    fc.constantFrom('dlq.x', 'dlq.reason', 'constructor', LARGE),
  );
  const message = fc.record({
    key: fc.option(field),
    value: fc.option(field),
    headers: fc.dictionary(name, fc.oneof(field, fc.array(field, { maxLength: 3 })), { maxKeys: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(message, fc.constantFrom(500, 5_000, 100_000), async (values, atMost) => {
      const letter = await published(record(values), atMost);
      expect(ours(letter)).toMatchObject({ 'dlq.offset': '7', 'dlq.reason': 'invalid_json' });
      if (atMost < 100_000) return;
      expect([letter?.key, letter?.value]).toEqual([values.key, values.value]);
      expect(letter?.headers.filter(([one]) => !one.includes('dlq.'))).toEqual(
        headerList(values.headers).filter(([one]) => !one.includes('dlq.')),
      );
    }),
    seeded(100),
  );
});
