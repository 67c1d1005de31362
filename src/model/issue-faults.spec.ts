import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { because, fault } from './field-fault.ts';
import { issueFaults } from './issue-faults.ts';

const object = z.strictObject({ a: z.string() });

function faultOf(schema: z.ZodType, value: unknown): object {
  const issues = schema.safeParse(value, { reportInput: true }).error?.issues ?? [];
  const [found, ...more] = issues.flatMap(issueFaults);
  if (!found || more.length > 0) throw new Error(`one fault was expected, not ${issues.length}`);
  const { field, code, params } = found;
  return [field, code, ...(params ? [params] : [])];
}

describe('what an issue of zod is in the table of faults', () => {
  it.each<[string, z.ZodType, unknown, unknown[]]>([
    ['a member that is not there', object, {}, ['a', 'missing']],
    ['a choice that is not there', z.strictObject({ a: z.enum(['x']) }), {}, ['a', 'missing']],
    ['another member', object, { a: '', b: 1 }, ['b', 'unknown_member']],
    ['another type', object, { a: null }, ['a', 'wrong_type', { expected: 'string' }]],
    ['a parameter given twice', object, { a: ['1', '2'] }, ['a', 'wrong_type', { expected: 'string' }]],
    ['no whole number', z.int(), 1.5, ['', 'wrong_type', { expected: 'integer' }]],
    ['no object', z.record(z.string(), z.string()), [], ['', 'wrong_type', { expected: 'object' }]],
    ['none of the choices', z.enum(['x', 'y']), 'z', ['', 'not_one_of', { values: ['x', 'y'] }]],
    ['a small number', z.int().min(5), 4, ['', 'too_small', { min: 5 }]],
    ['a large number', z.int().max(5), 6, ['', 'too_large', { max: 5 }]],
    ['a short text', z.string().min(1), '', ['', 'too_short', { min: 1 }]],
    ['a long text', z.string().max(1), 'ab', ['', 'too_long', { max: 1 }]],
    ['a short list', z.array(z.int()).min(1), [], ['', 'too_few', { min: 1 }]],
    ['a long list', z.array(z.int()).max(1), [1, 2], ['', 'too_many', { max: 1 }]],
    ['no UUID', z.guid(), 'x', ['', 'not_a_uuid']],
    [
      'none of the alternatives: the last is the widest',
      z.union([z.literal('now'), late()]),
      'x',
      ['', 'not_a_time'],
    ],
    [
      'not even of its type',
      z.union([z.literal('now'), late()]),
      1,
      ['', 'wrong_type', { expected: 'string' }],
    ],
    [
      'none of two objects',
      z.union([object, z.strictObject({ b: z.string() })]),
      {},
      ['', 'wrong_type', { expected: 'object' }],
    ],
    ['a rule of our own', late(), 'x', ['', 'not_a_time']],
    ['a rule that names no fault', z.string().regex(/x/), 'y', ['', 'invalid']],
    ['a check that names no fault', z.string().refine(() => false), 'y', ['', 'invalid']],
  ])('%s', (_, schema, value, expected) => {
    expect(faultOf(schema, value)).toEqual(expected);
  });
});

function late(): z.ZodString {
  return z.string().refine((text) => text.endsWith('Z'), because(fault('not_a_time', 'must be a time')));
}
