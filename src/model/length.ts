/**
 * How long a text or a list from outside may be; of texts, characters (code points) count, as in JSON Schema. The
 * `min` and `max` of zod look at whatever has a `length`, an object that a caller made included, and throw where that
 * is not a number: `{ "length": { "valueOf": null, "toString": null } }`. These look at texts and lists only.
 */
import { z } from 'zod';

type LengthCheck = z.core.$ZodCheck<string | readonly unknown[]>;

export function atLeast(length: number, message: string): LengthCheck {
  return textsAndLists(z.minLength(length, message));
}

export function atMost(length: number, message: string): LengthCheck {
  return textsAndLists(z.maxLength(length, message));
}

function textsAndLists(check: LengthCheck): LengthCheck {
  check._zod.def.when = ({ value }) => typeof value === 'string' || Array.isArray(value);
  return check;
}
