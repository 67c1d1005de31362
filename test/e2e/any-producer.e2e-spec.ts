/** Whatever a producer sends is either delivered or dead-lettered with a reason, and the stream goes on. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KafkaMessage, Message } from 'kafkajs';
import { webhookMessageId } from '../../src/model/delivery.ts';
import { eventually } from '../support/eventually.ts';
import { produceWithJava } from '../support/java-producer.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

let stage: Stage;
let service: Service;
let deadLetters: KafkaMessage[];

beforeAll(async () => {
  stage = await Stage.set();
  service = await stage.startService();
  await service.createWebhook({ url: stage.receiver.url('/hook') });
  deadLetters = await stage.topics.readDeadLetters();
});

afterAll(() => stage.strike());

describe('compression', () => {
  it.each(['gzip', 'snappy', 'lz4', 'zstd', 'none'])(
    '%s batches of the Java client are read',
    async (codec) => {
      const events = Array.from({ length: 200 }, (_, index) => userEvent(`${codec}-${index % 20}`));
      await produceWithJava({ brokers: stage.topics.brokers, topic: stage.topics.events, codec }, events);
      await eventually(() => {
        const received = new Set(stage.receiver.requests.map(({ headers }) => headers['webhook-id']));
        expect(events.filter(({ id }) => !received.has(id))).toEqual([]);
      });
    },
  );
});

describe('CloudEvents', () => {
  it('are delivered like native events, in both content modes', async () => {
    const user = { username: 'cloud', note: 'x' };
    const envelope = {
      specversion: '1.0',
      source: '/idp',
      type: 'net.defguard.user_modified',
      id: 'ce-structured',
      data: user,
    };
    await stage.topics.write([
      {
        key: 'cloud',
        value: JSON.stringify(envelope),
        headers: { 'content-type': 'application/cloudevents+json' },
      },
      {
        key: 'cloud',
        value: JSON.stringify(user),
        headers: { ce_specversion: '1.0', ce_source: '/idp', ce_type: 'user_keys', ce_id: 'ce-binary' },
      },
    ]);
    await eventually(() => {
      const ids = ['ce-structured', 'ce-binary'].map((id) => webhookMessageId(id, '/idp'));
      const requests = stage.receiver.requests.filter(({ headers }) =>
        ids.includes(String(headers['webhook-id'])),
      );
      expect(
        requests.map(({ headers, body }) => [headers['webhook-id'], headers['x-defguard-event'], body]),
      ).toEqual([
        [ids[0], 'user_modified', JSON.stringify(user)],
        [ids[1], 'user_keys', JSON.stringify(user)],
      ]);
    });
  });
});

describe('poison', () => {
  const big = 'x'.repeat(900_000);
  const poison: [string, Message, string][] = [
    ['a tombstone', { key: 'k', value: null }, 'empty'],
    ['an empty value', { value: '' }, 'invalid_json'],
    ['no JSON', { value: 'not json' }, 'invalid_json'],
    ['binary', { value: Buffer.from([1, 2, 3, 254, 255]) }, 'invalid_utf8'],
    ['schema-registry framing', { value: Buffer.from([0, 0, 0, 0, 7, 1]) }, 'unsupported_format'],
    ['wrong types', { value: '{"id":1,"type":[],"timestamp":{},"data":"x"}' }, 'invalid_event'],
    ['an unknown type', { value: JSON.stringify(userEvent('u', { type: 'user_promoted' })) }, 'unknown_type'],
    ['900 KB of no event', { key: 'big', value: JSON.stringify({ big }) }, 'invalid_event'],
    ['900 KB of no JSON', { value: big }, 'invalid_json'],
    ['deep nesting', { value: '['.repeat(100_000) }, 'invalid_json'],
    ['__proto__ members', { value: '{"__proto__":{"id":"x"},"constructor":1}' }, 'invalid_event'],
    ['repeated headers', { value: 'x', headers: { a: ['1', '2'], b: Buffer.from([255]) } }, 'invalid_json'],
  ];

  it('is dead-lettered with its bytes, key, headers and the reason', async () => {
    const before = deadLetters.length;
    for (const [, message] of poison) await stage.topics.write([message]);
    await eventually(() => {
      expect(deadLetters).toHaveLength(before + poison.length);
    });
    for (const [what, message, reason] of poison) {
      const value = message.value === null ? null : Buffer.from(message.value);
      const found = deadLetters.find(
        (letter) =>
          (letter.value === null ? value === null : value !== null && letter.value.equals(value)) &&
          header(letter, 'dlq.reason') === reason,
      );
      expect(found, what).toBeDefined();
      expect(header(found, 'dlq.topic')).toBe(stage.topics.events);
      expect(header(found, 'dlq.offset')).toMatch(/^\d+$/);
      expect(header(found, 'dlq.message')?.length).toBeGreaterThan(0);
      if (message.key !== undefined) expect(found?.key?.toString()).toBe(String(message.key));
    }
    const repeated = deadLetters.find((letter) => letter.headers?.['a'] !== undefined);
    expect(repeated?.headers?.['a']).toEqual([Buffer.from('1'), Buffer.from('2')]);
    expect(repeated?.headers?.['b']).toEqual(Buffer.from([255]));
  });

  it('holds nothing up: events behind it arrive, a large one whole, and its offset is committed', async () => {
    const events = [userEvent('u', { id: 'large', data: { big } }), userEvent('__proto__', { id: 'proto' })];
    await stage.topics.produce(...events);
    await eventually(() => {
      const received = new Map(
        stage.receiver.requests.map(({ headers, body }) => [headers['webhook-id'], body]),
      );
      for (const event of events) expect(received.get(event.id)).toBe(JSON.stringify(event.data));
    });
    await eventually(async () => {
      expect(await stage.topics.committed()).toBe(200 * 5 + 2 + poison.length + 2);
    });
  });
});

function header(message: KafkaMessage | undefined, name: string): string | undefined {
  const value = message?.headers?.[name];
  return Array.isArray(value) ? undefined : value?.toString();
}
