import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compactJson, rawMember } from './raw-json.ts';

describe('rawMember', () => {
  it.each([
    ['{"data":{"a":1}}', '{"a":1}'],
    ['{"id":"x","data":[1,{"b":"}"}],"type":"t"}', '[1,{"b":"}"}]'],
    ['{"data":"a\\"b,c"}', '"a\\"b,c"'],
    ['{"d\\u0061ta":1}', '1'],
    ['{"x":{"data":1},"data":2}', '2'],
    ['{"data":1,"data":2}', '2'],
    ['{"data":{"data":1}}', '{"data":1}'],
    ['{"data":12345678901234567890.10}', '12345678901234567890.10'],
    ['{"x":":","data":null}', 'null'],
    ['{"x":"\\\\","data":true}', 'true'],
  ])('cuts the member out of %s', (json, expected) => {
    expect(rawMember(json, 'data')).toBe(expected);
  });

  it('finds nothing where there is nothing', () => {
    expect(rawMember('{"x":{"data":1}}', 'data')).toBeNull();
    expect(rawMember('{}', 'data')).toBeNull();
  });

  it('is not stopped by deep nesting', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(rawMember(`{"data":${deep}}`, 'data')).toBe(deep);
  });
});

describe('compactJson', () => {
  it('drops white space between tokens only', () => {
    expect(compactJson(' { "a b" : [ 1 ,\n\t2.50 , "x  \\" y" ] }\r\n')).toBe('{"a b":[1,2.50,"x  \\" y"]}');
  });

  it('agrees with JSON for any object, however it is spaced', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.jsonValue(),
        fc.constantFrom(undefined, 1, '\t'),
        (data, other, space) => {
          const text = JSON.stringify({ other, data, last: other }, null, space);
          const raw = compactJson(rawMember(text, 'data') ?? '');
          expect(raw).toBe(JSON.stringify(data));
        },
      ),
    );
  });

  it('a large text loses the same white space as a small one, and no character', () => {
    const small = '{ "a\\\\" : [ 1 ,\n\t"\u2603 \\" \u{1f600}" ] , "\\\\\\"":"\\u0020 "} ';
    const compact = compactJson(small);
    expect(compactJson(`[ ${Array<string>(10_000).fill(small).join(' , ')} ]`)).toBe(
      `[${Array<string>(10_000).fill(compact).join()}]`,
    );
  });
});
