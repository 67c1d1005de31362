import { describe, expect, it } from 'vitest';
import { fieldName } from './field-name.ts';

describe('the name of a field', () => {
  it('is written as in JavaScript, and cut when endless', () => {
    expect(fieldName(['a', 0, 'b'])).toBe('a[0].b');
    expect(fieldName([])).toBe('');
    expect(fieldName(['x'.repeat(5_000)])).toHaveLength(201);
  });
});
