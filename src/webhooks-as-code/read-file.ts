/**
 * Reads the file that `export` writes. It reports all faults at once, with row and member. If there is one, nothing is
 * changed.
 */
import { z } from 'zod';
import { StartError } from '../config/start-error.ts';
import { fieldName } from '../model/field-name.ts';
import { issueFaults } from '../model/issue-faults.ts';
import { nameOfRow, rowSchema, type Row, type RowFault } from './row.ts';

/** The version of the file's form, for readers in later years. */
export const VERSION = 1;

const fileSchema = z.strictObject({
  version: z.literal(VERSION, `must be ${VERSION}`),
  webhooks: z.array(z.unknown(), 'must be a list'),
});

/** @throws StartError if the file as a whole cannot be read. */
export function readRows(text: string): {
  readonly rows: readonly Row[];
  readonly faults: readonly RowFault[];
} {
  const file = fileSchema.safeParse(parseJson(text));
  if (!file.success) {
    const faults = file.error.issues.map((issue) => `${fieldName(issue.path) || 'it'} ${issue.message}`);
    throw new StartError(
      `The file must be {"version": ${VERSION}, "webhooks": […]}, as the export writes it: ${faults.join('; ')}`,
    );
  }
  const rows: Row[] = [];
  const faults: RowFault[] = [];
  for (const [index, given] of file.data.webhooks.entries()) {
    const number = index + 1;
    const row = rowSchema.safeParse(given);
    if (row.success) rows.push({ ...row.data, number });
    else faults.push(...rowFaults(nameOfRow(number, urlOf(given)), row.error));
  }
  return { rows, faults };
}

export function rowFaults(row: string, error: z.ZodError): RowFault[] {
  const faults = error.issues.flatMap(issueFaults);
  return faults.map(({ field, message }) => ({ row, message: `${field || 'it'} ${message}` }));
}

/**
 * Removes the lines that `npm run` writes before the output. They are in the file if somebody redirected them with it.
 */
export function parseJson(text: string): unknown {
  const json = text.replace(/^\uFEFF/, '').replace(/^(?:(?:>.*)?\r?\n)+/, '');
  try {
    return JSON.parse(json);
  } catch {
    // The parser's message quotes the text, which may hold a secret.
    throw new StartError('The file is not JSON: see that it is whole, and that nothing else is in it');
  }
}

export function urlOf(given: unknown): unknown {
  return typeof given === 'object' && given !== null && 'url' in given ? given.url : undefined;
}
