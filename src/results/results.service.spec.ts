import { Logger } from '@nestjs/common';
import { KafkaJSError, type ProducerRecord, type RecordMetadata } from 'kafkajs';
import { validate, version } from 'uuid';
import { expect, it, vi } from 'vitest';
import { readSettings } from '../config/read-settings.ts';
import { kafkaSettings } from '../kafka/kafka.settings.ts';
import { Metrics } from '../metrics/metrics.ts';
import { attemptSchema, type Attempt } from '../model/attempt.ts';
import { attemptId, ResultsService, shownUsername } from './results.service.ts';

const SETTINGS = readSettings([kafkaSettings], { KAFKA_BROKERS: 'localhost:9092' });
const ATTEMPT: Attempt = {
  id: '01a20f8a-4e0a-74e7-bdaf-4852c63315a0',
  delivery_id: '5f74c4d2-c983-51bd-829d-e5d24342e4dc',
  event_id: 'evt_1',
  event_type: 'user_created',
  event_timestamp: '2026-11-24T09:30:00Z',
  webhook_id: '01a20f89-6d11-72c1-9763-02554c195fbb',
  webhook_url: 'https://hooks.example.com/users',
  method: 'POST',
  attempt: 1,
  reason: 'event',
  outcome: 'failed',
  status_code: 503,
  error_code: 'http_status',
  error_message: 'the receiver answered 503',
  duration_ms: 87,
  response_body: 'busy'.repeat(256),
  started_at: '2026-11-24T09:30:05.911Z',
  next_attempt_at: null,
  source_topic: 'user-events',
  source_partition: 5,
  source_offset: '1042',
  username: 'jdoe',
  replay_id: null,
};

/** What a topic takes of it that takes no value above so many characters. @returns null where it takes nothing. */
async function recorded(
  attempt: Attempt,
  atMost: number,
  refusal = 'MESSAGE_TOO_LARGE',
): Promise<{ attempt: Attempt; omitted: unknown } | null> {
  let taken: { attempt: Attempt; omitted: unknown } | null = null;
  const send = ({ messages }: ProducerRecord): Promise<RecordMetadata[]> => {
    const [{ value, headers } = { value: '' }] = messages;
    if (String(value).length > atMost)
      return Promise.reject(Object.assign(new KafkaJSError('refused'), { type: refusal }));
    taken = { attempt: attemptSchema.parse(JSON.parse(String(value))), omitted: headers?.['omitted'] };
    return Promise.resolve([]);
  };
  const results = new ResultsService({ send }, SETTINGS, new Metrics());
  await new Promise<void>((done) => {
    results.publish(attempt, null, done);
  });
  return taken;
}

it('a result goes out as it is where the topic takes it', async () => {
  expect(await recorded(ATTEMPT, 10_000)).toEqual({ attempt: ATTEMPT, omitted: undefined });
});

it('a result that is too large for its topic goes out without what the receiver said, and names what is missing', async () => {
  expect(await recorded(ATTEMPT, 1_000)).toEqual({
    attempt: { ...ATTEMPT, response_body: null, error_message: null },
    omitted: 'response_body,error_message',
  });
});

it('an event of a former version, whose timestamp has a megabyte of digits, has results: they were tried for ever', async () => {
  const event_timestamp = `2026-11-24T10:00:00.${'0'.repeat(1_000_000)}Z`;
  const webhook_url = `https://hooks.example.com/${'x'.repeat(2_000)}`;
  const attempt = { ...ATTEMPT, event_timestamp, webhook_url, response_body: null, error_message: null };
  expect(await recorded(attempt, 1_000)).toEqual({
    attempt: {
      ...attempt,
      event_timestamp: event_timestamp.slice(0, 64),
      webhook_url: webhook_url.slice(0, 64),
    },
    omitted: 'webhook_url,event_timestamp',
  });
});

it('a result that its topic takes in no form holds nothing up, and the log has its place', async () => {
  const lines = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
  expect(await recorded(ATTEMPT, 100, 'INVALID_RECORD')).toBeNull();
  expect(lines.mock.calls.map(([line]: unknown[]) => line)).toEqual([
    {
      refusedBy: 'webhook-deliveries',
      code: 'INVALID_RECORD',
      topic: 'user-events',
      partition: 5,
      offset: '1042',
      delivery_id: ATTEMPT.delivery_id,
      webhook_id: ATTEMPT.webhook_id,
      outcome: 'failed',
    },
  ]);
  lines.mockRestore();
});

it.each([
  ['plain', 'jdoe'],
  ['hashed', 'd30a5f57532a603697ccbb51558fa02ccadd74a0c499fcf9d45b33863ee1582f'],
  ['omitted', null],
] as const)('a user name as %s', (as, shown) => {
  expect(shownUsername(as)('jdoe')).toBe(shown);
});

it('makes a UUIDv7 that begins with the time', () => {
  const id = attemptId(0x0123456789ab);
  expect(validate(id) && version(id)).toBe(7);
  expect(id.startsWith('01234567-89ab-7')).toBe(true);
});

it('gives attempts of one millisecond ids of their own, and each its own time', () => {
  const ids = [1, 1, 2, 1].map(attemptId);
  expect(new Set(ids).size).toBe(4);
  expect(ids.map((id) => id.slice(9, 13))).toEqual(['0001', '0001', '0002', '0001']);
});
