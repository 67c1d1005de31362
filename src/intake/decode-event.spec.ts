import fc from 'fast-check';
import type { IHeaders } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { logRecord, recordHeaders } from '../../test/support/log-record.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { webhookMessageId } from '../model/delivery.ts';
import type { UserEvent } from '../model/event.ts';
import { deadLetterHeaders } from './dead-letter.ts';
import { decodeEvent } from './decode-event.ts';
import { Undecodable } from './undecodable.ts';

const USER = { username: 'jdoe', email: 'j@example.com', groups: ['a'], is_admin: false, phone: null };
const EVENT = { id: 'evt_1', type: 'user_created', timestamp: '2026-11-24T10:00:00Z', data: USER };

function record(value: unknown, headers: IHeaders = {}, key: Buffer | string | null = 'jdoe'): LogRecord {
  const bytes =
    value === null || Buffer.isBuffer(value)
      ? value
      : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return logRecord({ key, value: bytes, headers, offset: 42, timestamp: 1_764_000_000_000 });
}

function decoded(message: LogRecord): UserEvent {
  const result = decodeEvent('user-events', 3, message);
  if (result instanceof Undecodable) throw result;
  return result;
}

function fault(message: LogRecord): Undecodable {
  const result = decodeEvent('user-events', 3, message);
  if (!(result instanceof Undecodable)) throw new Error(`was decoded: ${JSON.stringify(result)}`);
  return result;
}

describe('a large event, of which only what it has by name is built', () => {
  const PAD = { note: 'x'.repeat(70_000), deep: [[{ username: 'other' }]] };
  const STRUCTURED = { specversion: '1.0', source: '/idp', ...EVENT, time: EVENT.timestamp };
  const BINARY = { ce_specversion: '1.0', ce_source: '/idp', ce_id: 'evt_1', ce_type: 'user_created' };

  it.each<[string, object, IHeaders]>([
    ['native', { ...EVENT, data: { ...USER, ...PAD } }, {}],
    [
      'structured',
      { ...STRUCTURED, data: { ...USER, ...PAD } },
      { 'content-type': 'application/cloudevents+json' },
    ],
    ['binary', { ...USER, ...PAD }, BINARY],
  ])('is read as a small one: %s', (_, value, headers) => {
    const event = decoded(record(value, headers));
    expect(event).toMatchObject({ id: 'evt_1', type: 'user_created', username: 'jdoe' });
    expect(event.body.toString()).toBe(JSON.stringify({ ...USER, ...PAD }));
  });

  it.each<[string, object]>([
    ['a list as id', { ...EVENT, id: [[1]] }],
    ['an object as timestamp', { ...EVENT, timestamp: { a: 1 } }],
    ['no type', { ...EVENT, type: undefined }],
    ['another type', { ...EVENT, type: 'user_renamed' }],
    ['a list as user', { ...EVENT, data: [USER] }],
    ['a text as user', { ...EVENT, data: JSON.stringify(USER) }],
    ['no user', { ...EVENT, data: undefined }],
    ['a user without a name', { ...EVENT, data: { username: '' } }],
    ['a group that is a list', { ...EVENT, data: { ...USER, groups: ['a', ['b']] } }],
    ['a group that is a number', { ...EVENT, data: { ...USER, groups: ['a', 1] } }],
    ['an object as mail', { ...EVENT, data: { ...USER, email: { a: {} } } }],
  ])('is refused as a small one: %s', (_, value) => {
    const small = fault(record(value));
    const large = fault(record({ ...value, ...PAD }));
    expect([large.reason, large.message]).toEqual([small.reason, small.message]);
  });

  it('that is no JSON is told so, with the place', () => {
    const large = fault(record(`${JSON.stringify({ ...EVENT, ...PAD }).slice(0, -1)},]`));
    expect(large.reason).toBe('invalid_json');
    expect(large.message).toMatch(/^Unexpected text in JSON at position \d+$/);
  });
});

describe('a native event', () => {
  it('is read with its source, and its user as body', () => {
    const event = decoded(record(EVENT));
    expect(event).toMatchObject({
      id: 'evt_1',
      type: 'user_created',
      username: 'jdoe',
      orderKey: 'jdoe',
      trace: null,
    });
    expect(event.source).toEqual({ topic: 'user-events', partition: 3, offset: '42' });
    expect(event.body.toString()).toBe(JSON.stringify(USER));
  });

  it('passes unknown members, long numbers and member order on untouched, without white space', () => {
    const value = `{"data": {"2": 1.0, "1": 12345678901234567890, "username": "jdoe", "__proto__": {"x": 1}, "é": "\\u00e9"},
      "id": "1", "type": "user_modified", "timestamp": "2026-11-24T10:00:00+02:00"}`;
    expect(decoded(record(value)).body.toString()).toBe(
      '{"2":1.0,"1":12345678901234567890,"username":"jdoe","__proto__":{"x":1},"é":"\\u00e9"}',
    );
  });

  it('carries the username alone when the user was deleted', () => {
    expect(decoded(record({ ...EVENT, type: 'user_deleted' })).body.toString()).toBe('{"username":"jdoe"}');
  });

  it('is ordered by its record key, without one by username', () => {
    expect(decoded(record(EVENT, {}, 'key-7')).orderKey).toBe('key-7');
    expect(decoded(record(EVENT, {}, null)).orderKey).toBe('jdoe');
    expect(decoded(record(EVENT, {}, '')).orderKey).toBe('jdoe');
  });

  it('is ordered by the bytes of its key: two that are no text were one user', () => {
    const key = (...bytes: number[]): string => decoded(record(EVENT, {}, Buffer.from(bytes))).orderKey;
    expect(key(0, 0, 0, 0x80)).not.toBe(key(0, 0, 0, 0x81));
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 6 }),
        fc.uint8Array({ minLength: 1, maxLength: 6 }),
        (a, b) => {
          expect(key(...a) === key(...b)).toBe(Buffer.from(a).equals(b));
        },
      ),
    );
    const text = key(0xff);
    expect(decoded(record(EVENT, {}, text)).orderKey).not.toBe(text);
    expect(decoded(record(EVENT, {}, 'jörg \u{1F600}')).orderKey).toBe('jörg \u{1F600}');
  });

  it('is ordered by the hash of a long key: a thousand webhooks held a thousand copies of a megabyte', () => {
    const key = (value: Buffer | string): string => decoded(record(EVENT, {}, value)).orderKey;
    const long = 'jörg'.repeat(200_000);
    expect(key(long).length).toBeLessThan(100);
    expect(key(`${long}2`)).not.toBe(key(long));
    expect(key(key(long))).not.toBe(key(long));
    expect(key(Buffer.alloc(257, 0xff))).not.toBe(key(Buffer.alloc(258, 0xff)));
    for (const username of [long, 'ö'.repeat(200), '\0']) {
      const event = { ...EVENT, data: { username } };
      expect(decoded(record(event, {}, null)).orderKey).toBe(decoded(record(event, {}, username)).orderKey);
    }
  });

  it('may have headers that are repeated, null, or named as members of objects are', () => {
    const headers = recordHeaders([
      ['content-type', 'application/cloudevents+json'],
      ['Content-Type', 'application/json'],
      ['ce_specversion', '1.0'],
      ['ce_specversion', null],
      ['constructor', 'x'],
      ['__proto__', null],
    ]);
    expect(decoded({ ...record(EVENT), headers }).id).toBe('evt_1');
  });

  it('may have a million headers', () => {
    const headers = recordHeaders(Array.from({ length: 1_000_000 }, () => ['', null] as const));
    const start = performance.now();
    expect(decoded({ ...record(EVENT), headers }).id).toBe('evt_1');
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it('may begin with a byte order mark', () => {
    expect(decoded(record(`\uFEFF${JSON.stringify(EVENT)}`)).id).toBe('evt_1');
  });

  it('passes a valid trace context on, and no other', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    expect(decoded(record(EVENT, { traceparent, tracestate: 'a=b' })).trace).toEqual({
      traceparent,
      tracestate: 'a=b',
    });
    expect(decoded(record(EVENT, { traceparent: `${traceparent}\r\nX: y` })).trace).toBeNull();
    expect(decoded(record(EVENT, { tracestate: 'a=b' })).trace).toBeNull();
  });

  it('passes no trace context on that is of version ff, or is there twice and differs', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const other = traceparent.replace('b7ad', 'c7ad');
    const traceOf = (headers: IHeaders): UserEvent['trace'] => decoded(record(EVENT, headers)).trace;
    expect(traceOf({ traceparent: traceparent.replace('00-', 'ff-'), tracestate: 'a=b' })).toBeNull();
    expect(traceOf({ traceparent: [traceparent, other], tracestate: 'a=b' })).toBeNull();
    expect(traceOf({ traceparent: [traceparent, Buffer.from(traceparent)] })).toEqual({ traceparent });
    expect(traceOf({ traceparent: traceparent.replace('00-', 'cc-') })).not.toBeNull();
  });

  it('passes several tracestate on as one, in their order, up to 512 characters', () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const stateOf = (tracestate: IHeaders[string]): string | undefined =>
      decoded(record(EVENT, { traceparent, tracestate })).trace?.tracestate;
    expect(stateOf(['a=1', Buffer.from('b=2,c=3'), ' ', 'd=4'])).toBe('a=1,b=2,c=3,d=4');
    expect(stateOf(['x'.repeat(255), 'y'.repeat(256)])).toHaveLength(512);
    expect(stateOf(['x'.repeat(256), 'y'.repeat(256)])).toBeUndefined();
    expect(stateOf(['', ''])).toBeUndefined();
  });

  it('may be deeply nested', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const value = `{"id":"1","type":"user_created","timestamp":"2026-11-24T10:00:00Z","data":{"username":"u","deep":${deep}}}`;
    expect(decoded(record(value)).body.length).toBeGreaterThan(200_000);
  });
});

describe('a CloudEvent', () => {
  const envelope = {
    specversion: '1.0',
    id: 'ce-1',
    source: '/core',
    type: 'com.example.user_keys',
    time: '2026-11-24T10:00:00Z',
    data: USER,
  };
  const structured = { 'content-type': 'application/cloudevents+json; charset=utf-8' };
  const binary = { ce_specversion: '1.0', ce_id: 'ce-2', ce_source: '/core', ce_type: 'user_created' };

  it('is read in structured mode', () => {
    const event = decoded(record(envelope, structured));
    expect(event).toMatchObject({
      id: 'ce-1',
      messageId: webhookMessageId('ce-1', '/core'),
      type: 'user_keys',
      timestamp: envelope.time,
    });
    expect(event.body.toString()).toBe(JSON.stringify(USER));
  });

  it('is read in binary mode, with the header name of the content type in any case', () => {
    const event = decoded(
      record(` ${JSON.stringify(USER)}`, { ...binary, 'Content-Type': 'application/json' }),
    );
    expect(event).toMatchObject({ id: 'ce-2', type: 'user_created', username: 'jdoe' });
    expect(event.body.toString()).toBe(JSON.stringify(USER));
  });

  it('takes the time of the record where it has none', () => {
    const { time, ...untimed } = envelope;
    expect(decoded(record(untimed, structured)).timestamp).toBe('2025-11-24T16:00:00.000Z');
    expect(decoded(record(USER, binary)).timestamp).toBe('2025-11-24T16:00:00.000Z');
  });

  it('takes the last of a header that is repeated', () => {
    expect(decoded(record(USER, { ...binary, ce_id: ['a', 'b'] })).id).toBe('b');
  });

  it.each([
    ['another version', { ...envelope, specversion: '0.3' }, structured, 'invalid_event', 'specversion'],
    ['no source', { ...envelope, source: '' }, structured, 'invalid_event', 'source'],
    [
      'base64 data',
      { ...envelope, data: undefined, data_base64: 'e30=' },
      structured,
      'invalid_event',
      'data_base64',
    ],
    [
      'data in two forms',
      { ...envelope, data_base64: 'e30=' },
      structured,
      'invalid_event',
      'data and data_base64 must not both',
    ],
    [
      'another type',
      { ...envelope, type: 'com.example.group_created' },
      structured,
      'unknown_type',
      'group_created',
    ],
    [
      'a type that only ends like one',
      { ...envelope, type: 'xuser_created' },
      structured,
      'unknown_type',
      'xuser',
    ],
    ['no id', USER, { ...binary, ce_id: '' }, 'invalid_event', 'id'],
    [
      'a batch',
      [envelope],
      { 'content-type': 'application/cloudevents-batch+json' },
      'unsupported_format',
      'batches',
    ],
    ['avro', 'x', { 'content-type': 'application/cloudevents+avro' }, 'unsupported_format', 'avro'],
  ])('with %s is dead-lettered', (_what, value, headers, reason, mentions) => {
    const undecodable = fault(record(value, headers));
    expect(undecodable.reason).toBe(reason);
    expect(undecodable.message).toContain(mentions);
  });
});

describe('a record with a timestamp that no date can hold', () => {
  it('does not stop the stream: it is an event if it says its own time, else it is dead-lettered', () => {
    const binary = { ce_specversion: '1.0', ce_id: 'x', ce_source: '/core', ce_type: 'user_created' };
    for (const timestamp of [-9_000_000_000_000_000, 1_764_000_000_000_000_000n]) {
      expect(decoded({ ...record(EVENT), timestamp }).id).toBe('evt_1');
      const undecodable = fault({ ...record(USER, binary), timestamp });
      expect([undecodable.reason, undecodable.message]).toEqual([
        'invalid_event',
        expect.stringContaining('timestamp must be an RFC 3339') as string,
      ]);
      const source = { topic: 't', partition: 0, offset: '0' };
      const headers = deadLetterHeaders({ ...record('x'), timestamp }, source, undecodable);
      expect(new Map(headers).get('dlq.timestamp')).toBe(String(timestamp));
    }
  });
});

describe('what is no event', () => {
  it.each([
    ['a tombstone', null, 'empty', 'no value'],
    ['an empty value', '', 'invalid_json', ''],
    ['no JSON', 'hello', 'invalid_json', ''],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0xfe, 0x22]), 'invalid_utf8', 'UTF-8'],
    ['UTF-16', Buffer.from(JSON.stringify(EVENT), 'utf16le'), 'invalid_json', ''],
    ['schema-registry framing', Buffer.from([0, 0, 0, 0, 1, 2]), 'unsupported_format', 'schema-registry'],
    ['a list', [EVENT], 'invalid_event', 'JSON object'],
    ['a number', 1, 'invalid_event', 'JSON object'],
    ['JSON null', 'null', 'invalid_event', 'JSON object'],
    ['no id', { ...EVENT, id: undefined }, 'invalid_event', 'id'],
    ['an empty id', { ...EVENT, id: '' }, 'invalid_event', 'id must not be empty'],
    ['no id', { ...EVENT, id: undefined }, 'invalid_event', 'id must be a string of 1 to 256 characters'],
    ['a number as id', { ...EVENT, id: 7 }, 'invalid_event', 'id must be a string of 1 to 256 characters'],
    ['no time', { ...EVENT, timestamp: undefined }, 'invalid_event', 'timestamp must be an RFC 3339 date'],
    ['a long id', { ...EVENT, id: 'x'.repeat(257) }, 'invalid_event', 'id must be at most 256'],
    [
      'a control character in the id',
      { ...EVENT, id: 'a\nb' },
      'invalid_event',
      'id must consist of printable',
    ],
    ['an unknown type', { ...EVENT, type: 'user_promoted' }, 'unknown_type', '"user_promoted"'],
    ['a type that is no text', { ...EVENT, type: 7 }, 'invalid_event', 'type'],
    [
      'a wrong timestamp',
      { ...EVENT, timestamp: '24.11.2026' },
      'invalid_event',
      'timestamp must be an RFC 3339',
    ],
    [
      'a timestamp with a megabyte of digits',
      { ...EVENT, timestamp: `2026-11-24T10:00:00.${'0'.repeat(1_000_000)}Z` },
      'invalid_event',
      'timestamp must be at most 64 characters long',
    ],
    ['the 31st of February', { ...EVENT, timestamp: '2026-02-31T10:00:00Z' }, 'invalid_event', 'timestamp'],
    ['no user', { ...EVENT, data: undefined }, 'invalid_event', 'data must be an object'],
    ['no username', { ...EVENT, data: { email: 'x' } }, 'invalid_event', 'data.username'],
    [
      'a wrong email',
      { ...EVENT, data: { ...USER, email: 5 } },
      'invalid_event',
      'data.email must be a string or null',
    ],
    [
      'wrong groups',
      { ...EVENT, data: { ...USER, groups: ['a', 1] } },
      'invalid_event',
      'data.groups must be a list of strings',
    ],
    ['a wrong is_admin', { ...EVENT, data: { ...USER, is_admin: 'yes' } }, 'invalid_event', 'data.is_admin'],
  ])('%s is told apart', (_what, value, reason, mentions) => {
    const undecodable = fault(record(value));
    expect(undecodable.reason).toBe(reason);
    expect(undecodable.message).toContain(mentions);
  });

  it('is complained of in few words, however much is wrong with it', () => {
    const groups = Array.from({ length: 200_000 }, () => 1);
    expect(fault(record({ ...EVENT, data: { ...USER, groups } })).message).toBe(
      'data.groups must be a list of strings',
    );
    expect(
      fault(record({ ...EVENT, type: 'x'.repeat(50_000), id: 'y'.repeat(50_000) })).message.length,
    ).toBeLessThan(1_001);
  });

  it('never throws, whatever the bytes and headers', () => {
    const headers = fc.dictionary(
      fc.constantFrom('content-type', 'ce_specversion', 'ce_type', 'ce_id', 'x'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), headers, (bytes, given) => {
        decodeEvent('t', 0, record(Buffer.from(bytes), given));
      }),
    );
    fc.assert(
      fc.property(
        fc.record({ id: fc.anything(), type: fc.anything(), timestamp: fc.anything(), data: fc.anything() }),
        (value) => {
          decodeEvent(
            't',
            0,
            record(JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? 1 : one))),
          );
        },
      ),
    );
  });
});
