/** The kinds of values that settings of several rooms have, as zod schemas of their text in the environment. */
import { z } from 'zod';

export const wholeNumber = (min: number, max: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .pipe(
      z
        .number()
        .min(min, `must be a whole number from ${min} to ${max}`)
        .max(max, `must be a whole number from ${min} to ${max}`),
    );

export const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');

/** Items separated by commas. Empty items are left out. */
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);
