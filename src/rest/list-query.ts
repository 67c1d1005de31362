/** What the queries of lists have in common. All values of a query arrive as text. */
import { z } from 'zod';
import { isRfc3339 } from '../model/rfc3339.ts';

export const once = 'must be given once';

/** A time in RFC 3339. A leap second is the second before it, as no `Date` can hold it. */
export const instant = z
  .string(once)
  .refine(isRfc3339, 'must be an RFC 3339 date and time, such as 2026-11-24T09:30:00Z')
  .transform((text) => new Date(text.toUpperCase().replace(' ', 'T').replace(':60', ':59')))
  .optional();

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
export const limit = z
  .string(once)
  .regex(/^([1-9][0-9]?|100)$/, 'must be a whole number from 1 to 100')
  .transform(Number)
  .default(50);
