import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonFault } from './json-fault.ts';

describe('a member that is there twice', () => {
  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"\\u0061":1}', 'a'],
    ['{"a":{"b":[{"c":1,"c":1}]}}', 'c'],
    ['[{"a":[1,2],"b":"x","a":null}]', 'a'],
    ['{"":0,"":0}', ''],
    ['{"a\\"}":0, "a\\"}" :0}', 'a"}'],
  ])('is found in %s', (json, name) => {
    expect(jsonFault(json)).toBe(`has the member ${JSON.stringify(name)} twice`);
  });

  it.each([
    '{"a":"a","b":"a"}',
    '{"a":{"a":1},"b":{"a":1}}',
    '["a","a"]',
    '"a"',
    '{"a":["b","b"],"b":1}',
    '1',
  ])('is not found in %s', (json) => {
    expect(jsonFault(json)).toBeNull();
  });

  it('is never found in what JSON.stringify wrote, and always when the last one is put in again', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
        fc.jsonValue(),
        (members, value) => {
          const json = JSON.stringify(members);
          expect(jsonFault(json)).toBeNull();
          const name = Object.keys(members).at(-1) ?? '';
          const twice = `${json.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`;
          expect(jsonFault(twice)).toMatch(/ twice$/);
        },
      ),
    );
  });
});

it('a text of a hundred thousand values is refused: each was looked at, and all that was wrong was said, for 0.2 s', () => {
  expect(jsonFault(`[1${',1'.repeat(10_000)}]`)).toBeNull();
  expect(jsonFault(`{"triggers":[1${',1'.repeat(100_000)}]}`)).toBe('has more than 10000 values');
});

it('a text of a hundred thousand levels is refused at once: a stranger could keep the service busy with such', () => {
  const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  expect(jsonFault(deep)).toBe('is nested deeper than 16 levels');
});
