/**
 * Rules for members that come from outside, in events as in REST: the length of a text or a list, and what a time is. Pure.
 *
 * Texts are counted in characters (code points), as in JSON Schema. zod's own `min` and `max` check everything that has a
 * `length`, even an object that a caller made up. They throw if the length is not a number:
 * `{ "length": { "valueOf": null, "toString": null } }`. The checks here look at texts and lists only.
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

/** `date-time` of RFC 3339 section 5.6, the form of ISO 8601 that events and queries use. */
const DATE_TIME =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.\d+)?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/** Whether the text is a date-time that exists, leap seconds included: they are the last of a month in UTC. */
export function isRfc3339(text: string): boolean {
  const [, year, month, day, hour, minute, second, sign, offsetHours, offsetMinutes] =
    DATE_TIME.exec(text) ?? [];
  if (year === undefined) return false;
  if (Number(day) > 28 && Number(day) > daysIn(Number(year), Number(month))) return false;
  if (second !== '60') return true;
  const offset = (sign === '-' ? -1 : 1) * (Number(offsetHours ?? 0) * 60 + Number(offsetMinutes ?? 0));
  const next = new Date(0);
  next.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  next.setUTCHours(Number(hour), Number(minute) - offset + 1);
  return next.getUTCDate() === 1 && next.getUTCHours() === 0 && next.getUTCMinutes() === 0;
}

/** @param text a date-time of RFC 3339. A leap second is the second before it, as no `Date` can hold it. */
export function toDate(text: string): Date {
  return new Date(text.toUpperCase().replace(' ', 'T').replace(':60', ':59'));
}

function daysIn(year: number, month: number): number {
  const lastDay = new Date(0);
  lastDay.setUTCFullYear(year, month, 0);
  return lastDay.getUTCDate();
}
