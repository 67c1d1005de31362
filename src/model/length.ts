/**
 * Checks for the length of a text or a list from outside. Texts are counted in characters (code points), as in JSON Schema.
 *
 * zod's own `min` and `max` check everything that has a `length`, even an object that a caller made up. They throw if the
 * length is not a number: `{ "length": { "valueOf": null, "toString": null } }`. These checks look at texts and lists only.
 */
import { z } from 'zod';

type LengthCheck = z.core.$ZodCheck<string | readonly unknown[]>;

export function atLeast(length: number, message: string): LengthCheck {
  return onlyForTextsAndLists(z.minLength(length, message));
}

export function atMost(length: number, message: string): LengthCheck {
  return onlyForTextsAndLists(z.maxLength(length, message));
}

function onlyForTextsAndLists(check: LengthCheck): LengthCheck {
  check._zod.def.when = ({ value }) => typeof value === 'string' || Array.isArray(value);
  return check;
}
