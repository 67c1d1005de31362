import { expect, it } from 'vitest';
import { readSettings } from '../config/read-settings.ts';
import { kafkaSettings } from './kafka.settings.ts';
import { TokenError } from './oauth-token.ts';
import { KafkaJSProtocolError } from './kafkajs.ts';
import { kafkaReason, kafkaTrouble } from './trouble.ts';

const settings = readSettings([kafkaSettings], { KAFKA_BROKERS: 'localhost:9092' });

it('what readiness says of a token that could not be had has no word of others; the error has, for the log', () => {
  const error = new TokenError(
    'the token endpoint answered 401',
    'https://idp.internal/token: no such client',
  );
  expect(kafkaTrouble(new Error('wrapped', { cause: error }), settings, [])).toBe(
    'the token endpoint answered 401',
  );
  expect(error.message).toBe('the token endpoint answered 401 (https://idp.internal/token: no such client)');
});

it('what readiness says where Kafka gave a reason of its own, however deep it lies', () => {
  const few = new KafkaJSProtocolError({
    type: 'NOT_ENOUGH_REPLICAS',
    code: 19,
    retriable: true,
    message: 'Messages are rejected since there are fewer in-sync replicas than required',
  } as never);
  const wrapped = new Error('gave up', { cause: new Error('again', { cause: few }) });
  expect(kafkaReason(wrapped, settings, [])).toBe(
    'Kafka answers NOT_ENOUGH_REPLICAS: Messages are rejected since there are fewer in-sync replicas than required',
  );
  expect(kafkaReason(new Error('read ECONNRESET'), settings, [])).toBeNull();
});

it('says that a clock is wrong where the broker does not take the time of records', () => {
  const error = Object.assign(new Error('any text'), { type: 'INVALID_TIMESTAMP' });
  expect(kafkaTrouble(error, settings, [])).toContain('correct the clock');
});
