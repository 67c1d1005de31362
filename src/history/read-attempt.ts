/**
 * Reads a record of the results topic as an attempt, or says that it is none. A record of an earlier version has fewer
 * members, and one of a later version has more. Both are read. Pure.
 */
import { z } from 'zod';
import { attemptSchema } from '../model/attempt.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { storableText } from '../model/storable-text.ts';

const { username, ...shape } = attemptSchema.shape;
const LARGEST_INTEGER = 2_147_483_647;
const LARGEST_OFFSET = 9_223_372_036_854_775_807n;

const recordSchema = z
  .object({
    ...shape,
    attempt: shape.attempt.max(LARGEST_INTEGER),
    duration_ms: shape.duration_ms.max(LARGEST_INTEGER),
    source_partition: z.int().min(0).max(LARGEST_INTEGER).nullable(),
    username: username.default(null),
    replay_id: z.uuid().nullable().default(null),
  })
  .refine(({ source_offset: offset }) => offset === null || BigInt(offset) <= LARGEST_OFFSET);

export type RecordedAttempt = z.output<typeof recordSchema>;

/** Characters that a text in PostgreSQL must not hold: NUL, and halves of surrogate pairs. */
const UNSTORABLE = /\\u0000|\\ud[89a-f]/i;

/** @returns null if it is not an attempt. */
export function readAttempt({ value }: Pick<LogRecord, 'value'>): RecordedAttempt | null {
  if (value === null) return null;
  const text = value.toString();
  try {
    const parsed: unknown = UNSTORABLE.test(text)
      ? JSON.parse(text, (_, member: unknown) => (typeof member === 'string' ? storableText(member) : member))
      : JSON.parse(text);
    const { success, data } = recordSchema.safeParse(parsed);
    return success ? data : null;
  } catch {
    return null;
  }
}
