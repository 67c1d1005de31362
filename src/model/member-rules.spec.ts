import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { atLeast, atMost, isRfc3339 } from './member-rules.ts';

const NO_NUMBER = JSON.parse('{ "length": { "valueOf": null, "toString": null } }') as unknown;

const messages = (schema: z.ZodType, value: unknown): string[] =>
  schema.safeParse(value).error?.issues.map(({ message }) => message) ?? [];

describe.each([
  [
    'a text',
    z.string('must be another').check(atLeast(2, 'too short'), atMost(3, 'too long')),
    ['a', 'ab', '😀😀😀', 'abcd'],
  ],
  [
    'a list',
    z.array(z.unknown(), 'must be another').check(atLeast(2, 'too short'), atMost(3, 'too long')),
    [[1], [1, 2], [1, 2, 3], [1, 2, 3, 4]],
  ],
])('the length of %s', (_, schema, [short, least, most, long]) => {
  it('is held to its bounds', () => {
    expect(messages(schema, short)).toEqual(['too short']);
    expect(messages(schema, least)).toEqual([]);
    expect(messages(schema, most)).toEqual([]);
    expect(messages(schema, long)).toEqual(['too long']);
  });

  it.each([[{ length: 0 }], [{ length: 9 }], [NO_NUMBER], [null], [5]])(
    'is not asked of %j: a length that is no number threw (500 over REST, an unreadable event)',
    (value) => {
      expect(messages(schema, value)).toEqual(['must be another']);
    },
  );
});

it('is in the JSON Schema', () => {
  const schema = z.strictObject({
    text: z.string().check(atLeast(1, ''), atMost(9, '')),
    list: z.array(z.string()).check(atLeast(2, ''), atMost(3, '')),
  });
  expect(z.toJSONSchema(schema).properties).toMatchObject({
    text: { minLength: 1, maxLength: 9 },
    list: { minItems: 2, maxItems: 3 },
  });
});

describe('an RFC 3339 date-time', () => {
  it.each([
    '2026-11-24T09:30:00Z',
    '2026-11-24t09:30:00z',
    '2026-11-24 09:30:00Z',
    '2026-11-24T09:30:00.123456789+01:00',
    '2026-11-24T09:30:00-23:59',
    '2024-02-29T00:00:00Z',
    '2000-02-29T00:00:00Z',
    '2016-12-31T23:59:60Z',
    '2016-12-31T15:59:60.5-08:00',
    '2017-01-01T05:29:60+05:30',
    '2015-06-30T23:59:60-00:00',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59Z',
  ])('%s', (text) => {
    expect(isRfc3339(text)).toBe(true);
  });

  it.each([
    '',
    '2026-11-24',
    '2026-11-24T09:30Z',
    '2026-11-24T09:30:00',
    '2026-11-24T09:30:00+0100',
    '2026-11-24T09:30:00+24:00',
    '2026-11-24T09:30:00+01:60',
    '2026-11-24T24:00:00Z',
    '2026-11-24T09:60:00Z',
    '2026-11-24T09:30:61Z',
    '2016-12-31T23:58:60Z',
    '2016-12-31T22:59:60Z',
    '2016-12-30T23:59:60Z',
    '2016-12-31T23:59:60-08:00',
    '2017-01-01T00:00:60Z',
    '2026-02-31T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-06-31T00:00:00+05:00',
    '2026-01-32T00:00:00Z',
    '2026-01-00T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-11-24T09:30:00.Z',
    ' 2026-11-24T09:30:00Z',
    '2026-11-24T09:30:00Z\n',
    '٢٠٢٦-11-24T09:30:00Z',
  ])('%j is none', (text) => {
    expect(isRfc3339(text)).toBe(false);
  });
});
