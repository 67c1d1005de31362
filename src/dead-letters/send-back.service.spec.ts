import { createRequire } from 'node:module';
import type { RecordMetadata } from 'kafkajs';
import { afterEach, expect, it, vi } from 'vitest';
import { logRecord } from '../../test/support/log-record.ts';
import type { KafkaSettings } from '../kafka/kafka.settings.ts';
import { KafkaJSError } from '../kafka/kafkajs.ts';
import type { LogRecord, RecordBatch } from '../kafka/log-record.ts';
import type { RecordProducer } from '../kafka/outgoing-record.ts';
import type { Origin } from '../model/actor.ts';
import { letterOf } from './letter.ts';
import { SendBackService } from './send-back.service.ts';
import type { Statements } from './send-backs.ts';

const SETTINGS = { USER_EVENTS_TOPIC: 'user-events', MAX_EVENT_BYTES: 2_048 } as KafkaSettings;
const ORIGIN: Origin = {
  actor: { kind: 'token', name: 'ci', role: 'admin' },
  clientAddress: null,
  requestId: null,
};
const EVENT = JSON.stringify({
  id: 'evt_1',
  type: 'user_created',
  timestamp: '2026-11-24T10:00:00Z',
  data: { username: 'jdoe' },
});
const OWN = {
  'dlq.topic': 'user-events',
  'dlq.partition': '3',
  'dlq.offset': '17',
  'dlq.reason': 'invalid_json',
};

type Send = RecordProducer['send'];

const { createErrorFromCode } = createRequire(import.meta.url)('kafkajs/src/protocol/error') as {
  createErrorFromCode: (code: number) => Error;
};
const [REQUEST_TIMED_OUT, MESSAGE_TOO_LARGE, DENIED] = [7, 10, 29] as const;

/** The service with a dead letter, a producer and an events topic that are the test's. */
function sending({ record = {}, send = sent, source = null, partitions = 8 }: Given = {}) {
  const statements: string[] = [];
  const manager: Statements = {
    query: <Rows>(statement: string) => {
      statements.push(statement.trim().split(' ').slice(0, 1).join(' '));
      return Promise.resolve([] as Rows);
    },
  };
  const service = new SendBackService(
    {
      letter: () =>
        Promise.resolve(letterOf(logRecord({ key: 'jdoe', value: 'nope', headers: OWN, ...record }))),
      placeOf: () => ({ topic: 'dead', partition: 0, offset: 1, timestamp: 2 }),
    },
    {
      events: {
        bounds: () =>
          Promise.resolve(new Map(Array.from({ length: partitions }, (_, at) => [at, { low: 0, high: 99 }]))),
        read: () => Promise.resolve(source && batchOf(source)),
      },
    },
    { record: () => Promise.resolve() },
    { send },
    SETTINGS,
    { manager, transaction: (work) => work(manager) },
  );
  return { statements, sendBack: (body: unknown) => service.sendBack(ORIGIN, 0, 1, body) };
}

function batchOf(record: LogRecord): RecordBatch {
  const { offset } = record;
  return { partition: 3, records: [record], firstOffset: offset, lastOffset: offset };
}

interface Given {
  record?: Parameters<typeof logRecord>[0];
  send?: Send;
  source?: LogRecord | null;
  partitions?: number;
}

const sent: Send = ({ messages }) =>
  Promise.resolve([{ partition: messages[0]?.partition ?? 5, baseOffset: '99' } as RecordMetadata]);

const MENDED = { value: { text: EVENT } };

afterEach(() => {
  vi.useRealTimers();
});

it('goes to the partition it came from, where the other events of the user are, while there is one', async () => {
  expect(await sending().sendBack(MENDED)).toEqual({ topic: 'user-events', partition: 3, offset: '99' });
  expect(await sending({ partitions: 2 }).sendBack(MENDED)).toMatchObject({ partition: 5 });
  const headers = { ...OWN, 'dlq.topic': 'events-of-old' };
  expect(await sending({ record: { headers } }).sendBack(MENDED)).toMatchObject({ partition: 5 });
});

it.each([
  [undefined, 'invalid_json'],
  [{ value: { text: '' } }, 'invalid_json'],
  [{ value: { text: 'x'.repeat(3_000) } }, 'too_large'],
  [{ value: { base64: '//8=' } }, 'invalid_utf8'],
])(
  'what would only come back is refused with what is wrong, and nothing is sent: %j',
  async (body, reason) => {
    const send = vi.fn(sent);
    const { sendBack, statements } = sending({ send });
    await expect(sendBack(body)).rejects.toMatchObject({
      code: 'validation_failed',
      errors: [{ field: 'value', message: expect.stringContaining(`(${reason})`) as string }],
    });
    expect([send.mock.calls, statements]).toEqual([[], []]);
  },
);

it('takes from the events topic what the dead-letter topic had no room for, or says that it is gone', async () => {
  const record = {
    key: null,
    value: null,
    headers: { ...OWN, 'dlq.value_omitted_bytes': '9', 'dlq.key_omitted_bytes': '4' },
  };
  const send = vi.fn(sent);
  await sending({ record, send, source: logRecord({ offset: 17, key: 'whole', value: EVENT }) }).sendBack({});
  expect(send.mock.calls[0]?.[0].messages[0]).toMatchObject({
    key: Buffer.from('whole'),
    value: Buffer.from(EVENT),
  });
  for (const source of [null, logRecord({ offset: 18 })])
    await expect(sending({ record, source }).sendBack(MENDED)).rejects.toMatchObject({
      code: 'event_expired',
    });
});

it.each([
  ['for what it is, so it is not remembered', MESSAGE_TOO_LARGE, 'validation_failed', ['INSERT', 'DELETE']],
  ['as it has no right, so neither', DENIED, 'service_unavailable', ['INSERT', 'DELETE']],
  ['after a time, so it may have arrived', REQUEST_TIMED_OUT, 'service_unavailable', ['INSERT']],
])('a topic that does not take it, %s', async (_, kafkas, code, statements) => {
  const cause = createErrorFromCode(kafkas);
  const error = Object.assign(new KafkaJSError('kafkajs wraps it'), { cause });
  const failing = sending({ send: () => Promise.reject(error) });
  await expect(failing.sendBack(MENDED)).rejects.toMatchObject({ code });
  expect(failing.statements).toEqual(statements);
});

it('an answer that comes late is told as such, and noted when it comes', async () => {
  vi.useFakeTimers();
  const { promise, resolve } = Promise.withResolvers<RecordMetadata[]>();
  const late = sending({ send: () => promise });
  const answer = expect(late.sendBack(MENDED)).rejects.toMatchObject({ code: 'service_unavailable' });
  await vi.advanceTimersByTimeAsync(10_000);
  await answer;
  expect(late.statements).toEqual(['INSERT']);
  resolve([{ partition: 3, baseOffset: '99' } as RecordMetadata]);
  await vi.advanceTimersByTimeAsync(0);
  expect(late.statements).toEqual(['INSERT', 'UPDATE']);
});
