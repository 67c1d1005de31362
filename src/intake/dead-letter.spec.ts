import { KafkaJSError, type ProducerRecord, type RecordMetadata } from 'kafkajs';
import { expect, it } from 'vitest';
import { logRecord } from '../../test/support/log-record.ts';
import { readSettings } from '../config/read-settings.ts';
import { kafkaSettings } from '../kafka/kafka.settings.ts';
import type { RecordHeaders } from '../kafka/record-headers.ts';
import { DeadLetters } from './dead-letter.ts';
import { Undecodable } from './undecodable.ts';

const SETTINGS = readSettings([kafkaSettings], { KAFKA_BROKERS: 'localhost:9092' });

it('a record too large for the topic in any part is published without that part, and blocks nothing', async () => {
  const sent: { key: unknown; value: unknown; headers: Record<string, string | undefined> }[] = [];
  const send = ({ messages }: ProducerRecord): Promise<RecordMetadata[]> => {
    for (const { key, value, headers: list } of messages) {
      const headers = textsOf(list as unknown as RecordHeaders);
      const weight = JSON.stringify({ key, value, headers }).length;
      if (weight > 5_000)
        return Promise.reject(Object.assign(new KafkaJSError('too large'), { type: 'MESSAGE_TOO_LARGE' }));
      sent.push({ key, value, headers });
    }
    return Promise.resolve([]);
  };
  const letters = new DeadLetters({ send }, SETTINGS);
  const large = 'x'.repeat(10_000);
  const record = logRecord({ key: large, value: large, headers: { note: large }, offset: 7 });
  const source = { topic: 'user-events', partition: 0, offset: '7' };
  await new Promise<void>((acknowledged) => {
    letters.publish(record, source, new Undecodable('invalid_json', 'no JSON'), acknowledged);
  });
  const [letter] = sent;
  expect([letter?.key, letter?.value]).toEqual([null, null]);
  expect(letter?.headers).toMatchObject({
    'dlq.reason': 'invalid_json',
    'dlq.offset': '7',
    'dlq.value_omitted_bytes': '10000',
    'dlq.headers_omitted_bytes': '10004',
    'dlq.key_omitted_bytes': '10000',
  });
});

it('a record keeps its headers as they came, and its offsets where it stands for several: the process died of a null one', async () => {
  const headers = [['x-a', '1'], ['x-a', null], ['', 'e'], ['__proto__', 'p'], ['constructor', 'c']] as const; // prettier-ignore
  const sent: [string, string | undefined][][] = [];
  const send = ({ messages }: ProducerRecord): Promise<RecordMetadata[]> => {
    for (const { headers: list } of messages)
      sent.push([...(list as unknown as RecordHeaders)].map(([name, value]) => [name, value?.toString()]));
    return Promise.resolve([]);
  };
  const letters = new DeadLetters({ send }, SETTINGS);
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

function textsOf(headers: RecordHeaders): Record<string, string | undefined> {
  return Object.fromEntries([...headers].map(([name, value]) => [name, value?.toString()]));
}
