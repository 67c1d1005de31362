import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Problem } from './problem.ts';
import { validate } from './validate.ts';

const schema = z.strictObject(
  {
    name: z.string('must be a string'),
    tags: z.array(z.string('must be a string')).default([]),
  },
  'must be a JSON object',
);

function problemOf(value: unknown): Problem {
  try {
    validate(schema, value);
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error('nothing was wrong');
}

describe('validate', () => {
  it('gives the value with its defaults', () => {
    expect(validate(schema, { name: 'a' })).toEqual({ name: 'a', tags: [] });
  });

  it('names every wrong member, each unknown one by itself', () => {
    const problem = problemOf({ name: 1, tags: ['a', 2], 'x.y': 1, z: 1 });
    expect(problem.code).toBe('validation_failed');
    expect(problem.errors).toEqual([
      { field: 'name', message: 'must be a string', code: 'wrong_type', params: { expected: 'string' } },
      { field: 'tags[1]', message: 'must be a string', code: 'wrong_type', params: { expected: 'string' } },
      { field: 'x.y', message: 'is not a known member', code: 'unknown_member' },
      { field: 'z', message: 'is not a known member', code: 'unknown_member' },
    ]);
    expect(problem.detail).toBe(
      'name must be a string; tags[1] must be a string; x.y is not a known member; z is not a known member',
    );
  });

  it.each([undefined, null, 'text', 1, [], true])('takes %j for no object at all', (value) => {
    expect(problemOf(value)).toMatchObject({
      detail: 'must be a JSON object',
      errors: [{ field: '', message: 'must be a JSON object' }],
    });
  });

  it('stays small when thousands of members are wrong', () => {
    const hostile = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`x${at}`, at]));
    const problem = problemOf({ name: 'a', ...hostile });
    expect(problem.errors).toHaveLength(20);
    expect(problem.detail).toMatch(/; and 4980 more$/);
  });
});
