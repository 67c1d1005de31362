/** What `npm start` prints on a terminal is for people: no JSON, and each line says what happened and what follows. */
import { expect, it } from 'vitest';
import { forPeople } from '../../dev/log-lines.ts';

const ATTEMPT = {
  level: 40,
  time: 1,
  context: 'AttemptRunner',
  msg: 'attempt failed',
  delivery_id: '5f74c4d2-c983-51bd-829d-e5d24342e4dc',
  event_type: 'user_created',
  webhook_url: 'https://hooks.example.com/users',
  method: 'POST',
  attempt: 1,
  outcome: 'failed',
  status_code: 503,
  error_code: 'http_status',
  error_message: 'the receiver answered 503',
  duration_ms: 87,
  next_attempt_at: '2026-11-24T09:30:11Z',
};

it.each([
  [
    ATTEMPT,
    'user_created to POST https://hooks.example.com/users: failed, http_status (the receiver answered 503) after 87 ms, ' +
      'attempt 1, next attempt at 2026-11-24T09:30:11Z  delivery 5f74c4d2-c983-51bd-829d-e5d24342e4dc',
  ],
  [
    { ...ATTEMPT, outcome: 'exhausted', next_attempt_at: null },
    'user_created to POST https://hooks.example.com/users: exhausted, http_status (the receiver answered 503) after 87 ms, ' +
      'attempt 1, given up  delivery 5f74c4d2-c983-51bd-829d-e5d24342e4dc',
  ],
  [
    {
      ...ATTEMPT,
      outcome: 'delivered',
      status_code: 200,
      error_code: null,
      error_message: null,
      next_attempt_at: null,
    },
    'user_created to POST https://hooks.example.com/users: delivered, 200 after 87 ms, attempt 1  ' +
      'delivery 5f74c4d2-c983-51bd-829d-e5d24342e4dc',
  ],
  [
    {
      level: 30,
      req: { method: 'GET', url: '/api/v1/webhooks' },
      res: { statusCode: 200 },
      msg: 'request completed',
    },
    'GET /api/v1/webhooks: 200',
  ],
  [
    {
      level: 40,
      context: 'RetryWriter',
      msg: 'retries could not be written, trying again',
      inMs: 100,
      err: { type: 'Error', message: 'away', stack: 'Error: away\n at' },
    },
    'retries could not be written, trying again  (away)  inMs=100',
  ],
  [
    { level: 30, msg: 'joined the consumer group', partitions: [0, 1] },
    'joined the consumer group  partitions=0,1',
  ],
  [
    { level: 30, msg: 'starting', version: '1.2.3', settings: { ROLES: ['api'], KAFKA_SSL: false } },
    'starting  version=1.2.3',
  ],
  [
    { level: 30, msg: 'replays end', ended: [{ partition: 3, why: null }], at: { offset: 7 } },
    'replays end  ended=(partition=3 why=)  at=(offset=7)',
  ],
])('a line of the log %#', (line, text) => {
  expect(forPeople(line)).toBe(text);
});
