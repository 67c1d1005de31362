import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repeatedMember } from './repeated-member.ts';

describe('a member that is there twice', () => {
  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"\\u0061":1}', 'a'],
    ['{"a":{"b":[{"c":1,"c":1}]}}', 'c'],
    ['[{"a":[1,2],"b":"x","a":null}]', 'a'],
    ['{"":0,"":0}', ''],
    ['{"a\\"}":0, "a\\"}" :0}', 'a"}'],
  ])('is found in %s', (json, name) => {
    expect(repeatedMember(json)).toBe(name);
  });

  it.each([
    '{"a":"a","b":"a"}',
    '{"a":{"a":1},"b":{"a":1}}',
    '["a","a"]',
    '"a"',
    '{"a":["b","b"],"b":1}',
    '1',
  ])('is not found in %s', (json) => {
    expect(repeatedMember(json)).toBeNull();
  });

  it('is never found in what JSON.stringify wrote, and always when the last one is put in again', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
        fc.jsonValue(),
        (members, value) => {
          const json = JSON.stringify(members);
          expect(repeatedMember(json)).toBeNull();
          const name = Object.keys(members).at(-1) ?? '';
          const twice = `${json.slice(0, -1)},${JSON.stringify(name)}:${JSON.stringify(value)}}`;
          expect(repeatedMember(twice)).toBe(name);
        },
      ),
    );
  });
});
