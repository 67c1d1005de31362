import {
  KafkaJSError,
  type IHeaders,
  type KafkaMessage,
  type ProducerRecord,
  type RecordMetadata,
} from 'kafkajs';
import { expect, it } from 'vitest';
import { readSettings } from '../config/read-settings.ts';
import { kafkaSettings } from '../kafka/kafka.settings.ts';
import { DeadLetters } from './dead-letter.ts';
import { Undecodable } from './undecodable.ts';

const SETTINGS = readSettings([kafkaSettings], { KAFKA_BROKERS: 'localhost:9092' });

it('a record too large for the topic in any part is published without that part, and blocks nothing', async () => {
  const sent: { key: unknown; value: unknown; headers: IHeaders | undefined }[] = [];
  const send = ({ messages }: ProducerRecord): Promise<RecordMetadata[]> => {
    for (const { key, value, headers } of messages) {
      const weight = JSON.stringify({ key, value, headers }).length;
      if (weight > 5_000)
        return Promise.reject(Object.assign(new KafkaJSError('too large'), { type: 'MESSAGE_TOO_LARGE' }));
      sent.push({ key, value, headers });
    }
    return Promise.resolve([]);
  };
  const letters = new DeadLetters({ send }, SETTINGS);
  const large = 'x'.repeat(10_000);
  const record: KafkaMessage = {
    key: Buffer.from(large),
    value: Buffer.from(large),
    headers: { note: large },
    offset: '7',
    timestamp: '0',
    attributes: 0,
  };
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
