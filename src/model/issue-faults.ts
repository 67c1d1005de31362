/**
 * What an issue of zod is in the table of faults. A rule that is code says so itself (`because`), the rules of zod are
 * mapped here, by the code of the issue. Pure.
 */
import type { z } from 'zod';
import { fault, type Fault, type FieldFault } from './field-fault.ts';
import { fieldName } from './field-name.ts';

/** @param issue made with `reportInput`, where the code matters. zod reports all unknown members in one; here each has its own fault. */
export function issueFaults(issue: z.core.$ZodIssue): FieldFault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: fieldName([...issue.path, key]),
      ...fault('unknown_member', 'is not a known member'),
    }));
  }
  return [{ field: fieldName(issue.path), ...faultOf(issue), message: issue.message }];
}

function faultOf(issue: z.core.$ZodIssue): Fault {
  const { code, message, input } = issue;
  if (code === 'custom') return (issue.params?.['fault'] as Fault | undefined) ?? fault('invalid', message);
  if (input === undefined) return fault('missing', message);
  switch (code) {
    case 'invalid_type':
      return fault('wrong_type', message, { expected: JSON_TYPES[issue.expected] ?? issue.expected });
    case 'invalid_value':
      return fault('not_one_of', message, { values: issue.values.map(String) });
    case 'too_small':
      return fault(TOO_SMALL[issue.origin] ?? 'too_small', message, { min: Number(issue.minimum) });
    case 'too_big':
      return fault(TOO_BIG[issue.origin] ?? 'too_large', message, { max: Number(issue.maximum) });
    case 'invalid_format':
      return issue.format === 'guid' ? fault('not_a_uuid', message) : fault('invalid', message);
    case 'invalid_union':
      return unionFault(issue.errors.at(-1)?.[0], message);
    // No schema of a body or a query has such.
    case 'not_multiple_of':
    case 'invalid_key':
    case 'invalid_element':
    case 'unrecognized_keys':
      return fault('invalid', message);
  }
}

/** The last of the alternatives is the widest: what the value as a whole breaks there is what is wrong with it. */
function unionFault(last: z.core.$ZodIssue | undefined, message: string): Fault {
  if (last === undefined) return fault('invalid', message);
  return last.path.length > 0 || last.code === 'unrecognized_keys'
    ? fault('wrong_type', message, { expected: 'object' })
    : faultOf(last);
}

const JSON_TYPES: Readonly<Record<string, string>> = { int: 'integer', record: 'object' };
const TOO_SMALL: Readonly<Record<string, 'too_short' | 'too_few'>> = {
  string: 'too_short',
  array: 'too_few',
};
const TOO_BIG: Readonly<Record<string, 'too_long' | 'too_many'>> = { string: 'too_long', array: 'too_many' };
