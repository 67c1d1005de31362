/** What the queries of lists have in common. All values of a query arrive as text. */
import { z } from 'zod';
import { because, fault, type Fault } from '../model/field-fault.ts';
import { isRfc3339, toDate } from '../model/member-rules.ts';

export const once = 'must be given once';

/** A text of this form; `breach` says what any other is. */
export function textLike(pattern: RegExp, breach: Fault): z.ZodString {
  return z
    .string(once)
    .refine((text) => pattern.test(text), because(breach))
    .meta({ pattern: pattern.source });
}

const TIME = 'must be an RFC 3339 date and time, such as 2026-11-24T09:30:00Z';
const NOT_A_TIME = because(fault('not_a_time', TIME));

/** A time in RFC 3339, in a body. A leap second is the second before it, as no `Date` can hold it. */
export const time = z
  .string(TIME)
  .refine(isRfc3339, NOT_A_TIME)
  .meta({ format: 'date-time' })
  .transform(toDate);

/** The same in a query. */
export const instant = z.string(once).refine(isRfc3339, NOT_A_TIME).transform(toDate).optional();

/** One, or several separated by commas. */
export function severalOf<const Values extends readonly [string, ...string[]]>(
  values: Values,
): z.ZodType<Values[number][]> {
  return z
    .string(once)
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(values, `must be of ${values.join(', ')}, separated by commas`)));
}

/** 1 to 100. */
export const limit = textLike(
  /^([1-9][0-9]?|100)$/,
  fault('not_in_range', 'must be a whole number from 1 to 100', { min: 1, max: 100 }),
)
  .transform(Number)
  .default(50);

export const NOT_A_CURSOR = fault('not_a_cursor', 'must be the next_cursor of an earlier page');

/** @param pattern that of the cursors of this list. */
export function cursorLike(pattern: RegExp): z.ZodOptional<z.ZodString> {
  return textLike(pattern, NOT_A_CURSOR).optional();
}
