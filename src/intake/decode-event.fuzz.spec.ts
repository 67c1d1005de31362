/**
 * Whatever a producer writes: decoding never fails, and what it takes for an event has exactly the producer's data.
 * Expectations are made from the tokens that the text was made of, not with the code under test.
 */
import fc from 'fast-check';
import type { IHeaders } from 'kafkajs';
import { describe, expect, it, vi } from 'vitest';
import { logRecord } from '../../test/support/log-record.ts';
import { seeded } from '../../test/support/seeded.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import type { UserEvent } from '../model/event.ts';
import { TRIGGERS } from '../model/trigger.ts';
import { decodeEvent } from './decode-event.ts';
import { DEAD_LETTER_REASONS, Undecodable } from './undecodable.ts';

const RUN = seeded(300);
const BOUNDED_MS = 10_000;
vi.setConfig({ testTimeout: 20_000 + 10 * RUN.numRuns });

/** JSON as tokens, so that it can be written with any white space between them. */
type Tokens = readonly string[];

function record(value: Buffer | string, headers: IHeaders = {}): LogRecord {
  return logRecord({ key: 'k', value, headers });
}

/** Decodes, and looks at what every outcome has to be. */
function decode(message: LogRecord): UserEvent | Undecodable {
  const result = decodeEvent('user-events', 0, message);
  if (result instanceof Undecodable) {
    expect(Object.keys(DEAD_LETTER_REASONS)).toContain(result.reason);
    expect(result.message.length).toBeGreaterThan(0);
    expect(result.message.length).toBeLessThanOrEqual(1_000);
    // The net under the readers: a reader fell into it.
    expect(result.message).not.toMatch(/^the event could not be read/);
  } else {
    expect(TRIGGERS).toContain(result.type);
    expect(result.username).not.toBe('');
    expect(JSON.parse(result.body.toString())).toHaveProperty('username', result.username);
  }
  return result;
}

function check<Values extends [unknown, ...unknown[]]>(property: fc.IProperty<Values>): void {
  fc.assert(property, RUN);
}

const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);

/** Text of a string as producers write it: raw, escaped, halves of surrogate pairs, names that objects inherit. */
const stringToken = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc
    .array(fc.nat({ max: 0xffff }))
    .map((units) => `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`),
  fc.constantFrom(
    '"__proto__"',
    '"constructor"',
    '"toString"',
    '"data"',
    '"username"',
    '"\\ud800"',
    '"\\udc00x"',
    '"\\\\"',
    '"\\""',
    '"}{]["',
    '"\u2028"',
  ),
);
const numberToken = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
  fc.constantFrom('1e400', '-1e-400', '-0', '0.10', '1E+2', `9${'0'.repeat(400)}`, '12345678901234567890.5'),
);

const { json } = fc.letrec<{ json: Tokens; list: Tokens; object: Tokens }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(stringToken, numberToken, fc.constantFrom('null', 'true', 'false')).map((one) => [one]),
    tie('list'),
    tie('object'),
  ),
  list: fc.array(tie('json'), { maxLength: 4 }).map((items) => ['[', ...separated(items), ']']),
  object: members(tie('json')).map((all) => objectOf(all)),
}));

function members(value: fc.Arbitrary<Tokens>): fc.Arbitrary<[string, Tokens][]> {
  return fc.array(fc.tuple(stringToken, value), { maxLength: 4 });
}

function objectOf(all: readonly (readonly [string, Tokens])[]): Tokens {
  return ['{', ...separated(all.map(([name, value]) => [name, ':', ...value])), '}'];
}

function separated(items: readonly Tokens[]): string[] {
  return items.flatMap((item, index) => (index === 0 ? item : [',', ...item]));
}

/** Names that the schema checks; other members may be anything. */
const CHECKED = new Set([
  'username',
  'email',
  'first_name',
  'last_name',
  'phone',
  'ssh_key',
  'pgp_key',
  'pgp_cert_id',
  'groups',
  'is_admin',
]);

const user = fc
  .record({
    before: members(json),
    username: stringToken.filter((token) => JSON.parse(token) !== ''),
    after: members(json),
  })
  .map(({ before, username, after }) => {
    const free = (all: [string, Tokens][]): [string, Tokens][] =>
      all.filter(([name]) => !CHECKED.has(JSON.parse(name) as string));
    // A name that is there twice has its last value.
    const first = free(before).length > 1 ? [['"username"', ['"of no account"']] as const] : [];
    return {
      tokens: objectOf([...first, ...free(before), ['"username"', [username]], ...free(after)]),
      username,
    };
  });

const event = fc.record({
  user,
  type: fc.constantFrom(...TRIGGERS),
  spaces: fc.array(space, { minLength: 1, maxLength: 9 }),
  twice: fc.boolean(),
});

function written(tokens: Tokens, spaces: readonly string[]): string {
  return tokens.map((token, index) => token + (spaces[index % spaces.length] ?? '')).join('');
}

function quoted(text: string): Tokens {
  return [JSON.stringify(text)];
}

function expectEvent(
  message: LogRecord,
  type: string,
  { tokens, username }: { tokens: Tokens; username: string },
): void {
  const result = decode(message);
  if (result instanceof Undecodable) throw result;
  expect(result.type).toBe(type);
  const name = JSON.parse(username) as string;
  expect(result.username).toBe(name);
  expect(result.body.toString()).toBe(
    type === 'user_deleted' ? JSON.stringify({ username: name }) : tokens.join(''),
  );
}

describe('an event with any data, in any white space', () => {
  const time = '2026-11-24T10:00:00Z';

  it('is read as native JSON', () => {
    check(
      fc.property(event, ({ user: sent, type, spaces, twice }) => {
        const value = objectOf([
          ...(twice ? ([['"data"', ['{', '}']]] as const) : []),
          ['"id"', quoted('1')],
          ['"type"', quoted(type)],
          ['"timestamp"', quoted(time)],
          ['"data"', sent.tokens],
        ]);
        expectEvent(record(written(value, spaces)), type, sent);
      }),
    );
  });

  it('is read as a structured CloudEvent', () => {
    check(
      fc.property(event, ({ user: sent, type, spaces, twice }) => {
        const value = objectOf([
          ['"specversion"', quoted('1.0')],
          ...(twice ? ([['"\\u0064ata"', ['null']]] as const) : []),
          ['"data"', sent.tokens],
          ['"id"', quoted('1')],
          ['"source"', quoted('/s')],
          ['"type"', quoted(`com.example.${type}`)],
        ]);
        const headers = { 'content-type': 'application/cloudevents+json' };
        expectEvent(record(written(value, spaces), headers), type, sent);
      }),
    );
  });

  it('is read as a binary CloudEvent', () => {
    check(
      fc.property(event, ({ user: sent, type, spaces }) => {
        const headers = { ce_specversion: '1.0', ce_id: '1', ce_source: '/s', ce_type: type, ce_time: time };
        expectEvent(record(written(sent.tokens, spaces), headers), type, sent);
      }),
    );
  });
});

describe('what is no event', () => {
  const names = [
    'content-type',
    'Content-Type',
    'ce_specversion',
    'ce_id',
    'ce_source',
    'ce_type',
    'ce_time',
    'traceparent',
    'tracestate',
    '__proto__',
    'x',
  ];
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      '1.0',
      'application/cloudevents+json',
      'application/cloudevents-batch+json',
      'application/cloudevents+avro',
      ...TRIGGERS,
    ),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
  const headers = fc.dictionary(fc.constantFrom(...names), fc.oneof(text, fc.array(text, { maxLength: 3 })));

  it('is an Undecodable with a reason: bytes', () => {
    check(
      fc.property(fc.uint8Array({ maxLength: 200 }), headers, (bytes, given) => {
        decode(record(Buffer.from(bytes), given));
      }),
    );
  });

  it('is an Undecodable with a reason: any JSON in place of any member', () => {
    check(
      fc.property(
        members(json),
        fc.array(fc.tuple(fc.constantFrom('id', 'type', 'timestamp', 'data', 'specversion', 'source'), json)),
        headers,
        (others, known, given) => {
          const all = [...others, ...known.map(([name, value]) => [JSON.stringify(name), value] as const)];
          decode(record(objectOf(all).join(''), given));
        },
      ),
    );
  });

  it('is an Undecodable with a reason, or still says what its text says: an event with bytes changed', () => {
    const change = fc.record({
      at: fc.nat(),
      drop: fc.nat({ max: 3 }),
      put: fc.uint8Array({ maxLength: 3 }),
    });
    check(
      fc.property(
        event,
        fc.array(change, { minLength: 1, maxLength: 3 }),
        ({ user: sent, type, spaces }, changes) => {
          const members = [
            ['"id"', quoted('1')],
            ['"type"', quoted(type)],
            ['"timestamp"', quoted('2026-11-24T10:00:00Z')],
            ['"data"', sent.tokens],
          ] as const;
          let bytes = Buffer.from(written(objectOf(members), spaces));
          for (const { at, drop, put } of changes) {
            const from = at % bytes.length;
            bytes = Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + drop)]);
          }
          const result = decode(record(bytes));
          if (result instanceof Undecodable) return;
          const { data } = JSON.parse(bytes.toString()) as { data: { username: string } };
          const { username } = data;
          const body = JSON.stringify(JSON.parse(result.body.toString()));
          expect(body).toBe(JSON.stringify(result.type === 'user_deleted' ? { username } : data));
        },
      ),
    );
  });
});

describe('hostile text of megabytes is decoded in a time that grows with its length', () => {
  const SIZE = 2_000_000;
  const inData = (hostile: string): string =>
    `{"id":"1","type":"user_created","timestamp":"2026-11-24T10:00:00Z","data":{"username":"u","x":${hostile}}}`;
  const nested = '['.repeat(SIZE / 2) + ']'.repeat(SIZE / 2);

  it.each<[string, string, 'event' | keyof typeof DEAD_LETTER_REASONS]>([
    ['nested lists', inData(nested), 'event'],
    ['nested objects', inData(`${'{"":'.repeat(SIZE / 8)}1${'}'.repeat(SIZE / 8)}`), 'event'],
    ['nesting without an end', inData('[').repeat(SIZE / 100), 'invalid_json'],
    ['nested lists alone', nested, 'invalid_event'],
    ['a long number', inData('1'.repeat(SIZE)), 'event'],
    ['white space', inData(`${' '.repeat(SIZE)}1`), 'event'],
    ['white space between many values', inData(`[${'1 , '.repeat(SIZE / 4)}1]`), 'event'],
    ['backslashes', inData(`"${'\\\\'.repeat(SIZE / 2)}"`), 'event'],
    ['escaped quotes', inData(`"${'\\"'.repeat(SIZE / 2)}"`), 'event'],
    ['a string without an end', `"${'\\"'.repeat(SIZE / 2)}`, 'invalid_json'],
    ['the same member again and again', `{${'"data":{},'.repeat(SIZE / 10)}"data":1}`, 'invalid_event'],
    ['members of escaped names', inData(`{${'"\\u0061":1,'.repeat(SIZE / 11)}"a":1}`), 'event'],
    ['half surrogate pairs', inData(`"${'\\ud800'.repeat(SIZE / 6)}"`), 'event'],
    ['wrong groups', inData('1').replace('"x":1', `"groups":[${'1,'.repeat(SIZE / 2)}1]`), 'invalid_event'],
  ])('%s', (_what, value, outcome) => {
    const started = performance.now();
    const result = decode(record(value));
    expect(performance.now() - started).toBeLessThan(BOUNDED_MS);
    expect(result instanceof Undecodable ? result.reason : 'event').toBe(outcome);
  });
});
