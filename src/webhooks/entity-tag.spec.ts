import { describe, expect, it } from 'vitest';
import { Problem } from '../rest/problem.ts';
import { entityTag, readTags, requireMatch } from './entity-tag.ts';
import { IF_MATCH_SCHEMA } from './webhook.schemas.ts';

function refusal(ifMatch: string, version: number): string {
  try {
    requireMatch(ifMatch, version);
  } catch (error) {
    if (error instanceof Problem) return error.code;
    throw error;
  }
  return 'none';
}

describe('If-Match', () => {
  it.each(['"3"', '*', ' * ', '"2", "3"', '"2","3"', '"2" ,\t"3"', 'W/"3", "3"', ', "3"', '"3",', ',,"3"'])(
    '%s lets version 3 be changed',
    (ifMatch) => {
      expect(refusal(ifMatch, 3)).toBe('none');
    },
  );

  it.each(['"2"', 'W/"3"', '""', '"33"', '"1", "2"', '"é"', '"a,3"'])(
    '%s is for another version',
    (ifMatch) => {
      expect(refusal(ifMatch, 3)).toBe('precondition_failed');
    },
  );

  it.each(['', '3', "'3'", '"3', '3"', '"3" "4"', '*, "3"', '"3", *', 'w/"3"', 'W/3', '"a b"', '"3";"4"'])(
    '%j is no If-Match',
    (ifMatch) => {
      expect(refusal(ifMatch, 3)).toBe('malformed_request');
    },
  );

  it('is not asked without the header', () => {
    expect(readTags(undefined)).toBe('*');
    expect(() => {
      requireMatch(undefined, 7);
    }).not.toThrow();
  });

  it('matches what a read answered as ETag', () => {
    expect(entityTag(12)).toBe('"12"');
    expect(refusal(entityTag(12), 12)).toBe('none');
  });

  it('is documented more narrowly than it is read', () => {
    const documented = new RegExp(IF_MATCH_SCHEMA.pattern);
    for (const header of ['*', '"3"', 'W/"3"', '"2", W/"3","4"']) {
      expect(header).toMatch(documented);
      expect(() => readTags(header)).not.toThrow();
    }
  });

  it('is read in linear time', () => {
    const started = performance.now();
    expect(refusal(`${'"a",'.repeat(4_000)}x`, 3)).toBe('malformed_request');
    expect(refusal(`${','.repeat(16_000)}x`, 3)).toBe('malformed_request');
    expect(refusal(`${', '.repeat(8_000)}x`, 3)).toBe('malformed_request');
    expect(refusal(`"a"${' '.repeat(16_000)}x`, 3)).toBe('malformed_request');
    // It stopped the process for 177 seconds.
    expect(refusal(`"a"${' , '.repeat(8_000)}x`, 3)).toBe('malformed_request');
    expect(refusal(`"a"${', '.repeat(28)}x`, 3)).toBe('malformed_request');
    expect(performance.now() - started).toBeLessThan(500);
  });
});
