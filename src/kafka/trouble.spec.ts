import { expect, it } from 'vitest';
import { readSettings } from '../config/read-settings.ts';
import { kafkaSettings } from './kafka.settings.ts';
import { TokenError } from './oauth-token.ts';
import { kafkaTrouble } from './trouble.ts';

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
