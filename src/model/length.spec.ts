import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { atLeast, atMost } from './length.ts';

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
