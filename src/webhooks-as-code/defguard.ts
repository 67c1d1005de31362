/**
 * Reads the array that defguard answers to `GET /api/v1/webhook`. A wrong row is reported and left out; the others are
 * read. The file holds plain tokens. None is ever printed.
 */
import { z } from 'zod';
import { StartError } from '../config/start-error.ts';
import type { Trigger } from '../model/trigger.ts';
import type { Method } from '../model/webhook.ts';
import { parseJson, rowFaults, urlOf } from './read-file.ts';
import { nameOfRow, rowSchema, type Row, type RowFault } from './row.ts';
import { MEMBERS } from '../webhooks/webhook-members.ts';

/** Programs that write such arrays say `null` where nothing was chosen. What is missing may be a mistake, and is told. */
const nullAs = <Schema extends z.ZodType>(empty: '' | false, schema: Schema) =>
  z.preprocess((given) => (given === null ? empty : given), schema);
const missingOr =
  (otherwise: string) =>
  ({ input }: { readonly input?: unknown }): string =>
    input === undefined ? 'is missing' : otherwise;
const text = z.string({ error: missingOr('must be a text') });
const flag = nullAs(false, z.boolean({ error: missingOr('must be true or false') }));

const defguardRow = z.object(
  {
    url: text,
    description: nullAs('', text),
    token: nullAs('', MEMBERS.secret_token.unwrap()),
    enabled: flag,
    on_user_created: flag,
    on_user_modified: flag,
    on_user_deleted: flag,
    on_hwkey_provision: flag,
  },
  'must be an object',
);

export interface DefguardOptions {
  /** The method of new webhooks. */
  readonly method: Method;
  readonly allowEmptyToken: boolean;
}

/** @throws StartError if it is not such an array. */
export function readDefguardRows(
  given: string,
  options: DefguardOptions,
): { readonly rows: readonly Row[]; readonly faults: readonly RowFault[] } {
  const array = z.array(z.unknown()).safeParse(parseJson(given));
  if (!array.success) {
    throw new StartError('The file must be the array that defguard answers to GET /api/v1/webhook');
  }
  const rows: Row[] = [];
  const faults: RowFault[] = [];
  for (const [index, one] of array.data.entries()) {
    const number = index + 1;
    const read = readRow(one, nameOfRow(number, urlOf(one)), options);
    if ('faults' in read) faults.push(...read.faults);
    else rows.push({ ...read, number });
  }
  return { rows, faults };
}

function readRow(
  given: unknown,
  name: string,
  { method, allowEmptyToken }: DefguardOptions,
): Omit<Row, 'number'> | { readonly faults: readonly RowFault[] } {
  const defguard = defguardRow.safeParse(given);
  if (!defguard.success) return { faults: rowFaults(name, defguard.error) };
  const { url, description, token, enabled, ...flags } = defguard.data;
  const triggers = triggersOf(flags);
  const messages = [
    ...(token === '' && !allowEmptyToken
      ? [
          'token is empty, so its receiver cannot tell who calls: give it one, or import such rows without one with --allow-empty-token',
        ]
      : []),
    ...(triggers.length === 0
      ? ['no on_… is true, so nothing would ever be delivered: choose one in defguard, or leave the row out']
      : []),
  ];
  const row = rowSchema.safeParse({ url, description, enabled, ...(triggers.length > 0 && { triggers }) });
  const faults = [
    ...messages.map((message) => ({ row: name, message })),
    ...(row.success ? [] : rowFaults(name, row.error)),
  ];
  if (!row.success || faults.length > 0) return { faults };
  return { ...row.data, secretToken: token === '' ? undefined : token, whenMade: { method } };
}

function triggersOf(
  flags: Record<'on_user_created' | 'on_user_modified' | 'on_user_deleted' | 'on_hwkey_provision', boolean>,
): Trigger[] {
  return [
    ...(flags.on_user_created ? (['user_created'] as const) : []),
    ...(flags.on_user_modified ? (['user_modified'] as const) : []),
    ...(flags.on_user_deleted ? (['user_deleted'] as const) : []),
    ...(flags.on_hwkey_provision ? (['user_keys'] as const) : []),
  ];
}
