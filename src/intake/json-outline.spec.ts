import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { outlineOf } from './json-outline.ts';

const ASKED = { a: null, list: null, data: { a: null, list: null } };

function parsed(text: string): unknown {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return (error as Error).name;
  }
}

function outlined(text: string): unknown {
  try {
    return { value: outlineOf(text, ASKED) };
  } catch (error) {
    return (error as Error).name;
  }
}

describe('what is built', () => {
  it.each([
    ['{"a":1,"b":{"a":2}}', { a: 1 }],
    [
      '{"data":{"a":"x","b":[[]],"list":["y",1,null]},"list":[]}',
      { data: { a: 'x', list: ['y', 1, null] }, list: [] },
    ],
    ['{"\\u0061":1}', { a: 1 }],
    ['{"a":1,"a":2,"data":{"a":3},"data":{}}', { a: 2, data: {} }],
    ['{"a":{"a":1},"list":[[1]],"data":[1]}', { a: {}, list: [{}], data: [1] }],
    ['{"data":{"list":[{},"x"],"a":[1,"x"]}}', { data: { list: [{}], a: [1, 'x'] } }],
    [' "text" ', 'text'],
    ['[{"a":1}]', [{}]],
    ['{"__proto__":{"a":1},"constructor":2}', {}],
  ])('of %s', (text, built) => {
    expect(outlineOf(text, ASKED)).toEqual(built);
  });

  it('a million levels of depth, and hundreds of thousands of objects, make no objects', () => {
    const deep = `${'[{"a":'.repeat(300_000)}1${'}]'.repeat(300_000)}`;
    const many = `[${'{"a":[]},'.repeat(200_000)}{}]`;
    expect(outlineOf(`{"a":1,"x":${deep},"y":${many},"list":${many}}`, ASKED)).toEqual({ a: 1, list: [{}] });
  });
});

describe('it takes and refuses what JSON.parse takes and refuses', () => {
  const pieces = fc.constantFrom(
    ...[
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '\\',
      '"a"',
      '"data"',
      '"\\u00e9"',
      '"\\ud800"',
      '\\u12',
      'u',
      ' ',
      '\n',
      '\t',
    ],
    ...[
      '\u00a0',
      '\ufeff',
      '\u2028',
      '\0',
      '0',
      '-',
      '1',
      '.',
      'e',
      'E',
      '+',
      'true',
      'false',
      'null',
      'nul',
      '1.5e-3',
      '-0',
      '01',
    ],
  );

  it('of any pieces', () => {
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (tokens) => {
        const text = tokens.join('');
        const [right, ours] = [parsed(text), outlined(text)];
        expect(typeof ours, text).toBe(typeof right);
      }),
      { numRuns: 20_000 },
    );
  });

  it('of any JSON with something taken out, put in or changed', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.nat({ max: 2 }), pieces, (json, place, cut, piece) => {
        const at = place % (json.length + 1);
        const text = json.slice(0, at) + piece + json.slice(at + cut);
        expect(typeof outlined(text), text).toBe(typeof parsed(text));
        expect(typeof outlined(json), json).toBe('object');
      }),
      { numRuns: 5_000 },
    );
  });

  it('and builds the same of what is asked for', () => {
    const scalar = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.double({ noDefaultInfinity: true, noNaN: true }),
      fc.constant(null),
    );
    const user = fc.record(
      { a: scalar, list: fc.array(scalar), other: fc.jsonValue() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(user, user, fc.constantFrom(undefined, 1, '\t'), (top, data, space) => {
        const known = ({ a, list }: typeof top): object => ({
          ...(a !== undefined && { a }),
          ...(list && { list }),
        });
        const text = JSON.stringify({ ...top, data }, null, space);
        const expected = { ...known(top), data: known(data) };
        expect(outlineOf(text, ASKED)).toEqual(JSON.parse(JSON.stringify(expected)));
      }),
    );
  });
});
