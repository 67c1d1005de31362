/** Checks what a caller sent against a zod schema. All that is wrong becomes one problem that names each member. */
import type { z } from 'zod';
import { issueFaults } from '../model/issue-faults.ts';
import { Problem } from './problem.ts';

/** Keeps the answer small, because a hostile body can be wrong in thousands of places. */
export const MAX_FAULTS = 20;

/**
 * @returns the schema's output, with defaults filled in.
 * @throws Problem `validation_failed` with one entry per wrong member, at most the first twenty.
 */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value, { reportInput: true });
  if (result.success) return result.data;
  const all = result.error.issues.flatMap(issueFaults);
  const errors = all.slice(0, MAX_FAULTS);
  const more = all.length > errors.length ? `; and ${all.length - errors.length} more` : '';
  const summary = errors
    .map(({ field, message }) => (field === '' ? message : `${field} ${message}`))
    .join('; ');
  throw new Problem('validation_failed', summary + more, errors);
}
