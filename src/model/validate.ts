/** Checks what a caller sent against a schema; what is wrong becomes one problem that names every member. */
import type { z } from 'zod';
import { Problem } from './problem.ts';

/**
 * @returns the value as the schema outputs it, defaults filled in.
 * @throws Problem `validation_failed` with one entry per wrong member.
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues.flatMap(faults);
  const summary = errors
    .map(({ field, message }) => (field === '' ? message : `${field} ${message}`))
    .join('; ');
  throw new Problem('validation_failed', summary, errors);
}

/** zod reports all unknown members in one issue; here each is named by itself. */
function faults(issue: z.core.$ZodIssue): { field: string; message: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      field: fieldName([...issue.path, key]),
      message: 'is not a known member',
    }));
  }
  return [{ field: fieldName(issue.path), message: issue.message }];
}

/** `['triggers', 0]` as `triggers[0]`. */
export function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (name, part) =>
      typeof part === 'number' ? `${name}[${part}]` : name === '' ? String(part) : `${name}.${String(part)}`,
    '',
  );
}
