import { expect, it } from 'vitest';
import { COUNTED_CODES } from './count-attempts.ts';

it('keeps the place of every error code: statistics that are stored count by it', () => {
  expect(COUNTED_CODES.slice(0, 9)).toEqual([
    'timeout',
    'dns_error',
    'connection_refused',
    'connection_reset',
    'tls_error',
    'blocked_address',
    'redirect',
    'http_status',
    'invalid_response',
  ]);
});
