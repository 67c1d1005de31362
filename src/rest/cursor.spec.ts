import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CURSOR_PATTERN, fromCursor, toCursor } from './cursor.ts';

describe('a cursor', () => {
  it('is the id again, and matches its pattern', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(toCursor(id)).toMatch(CURSOR_PATTERN);
        expect(fromCursor(toCursor(id))).toBe(id);
      }),
    );
  });

  it('can be any text of the pattern: each is some id', () => {
    fc.assert(
      fc.property(fc.stringMatching(CURSOR_PATTERN), (cursor) => {
        expect(fromCursor(cursor)).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
        expect(toCursor(fromCursor(cursor))).toBe(cursor);
      }),
    );
  });
});
