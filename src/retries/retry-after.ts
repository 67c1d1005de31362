/**
 * The `Retry-After` header (RFC 9110 section 10.2.3): whole seconds, or one of the three forms of an HTTP date, all of
 * which a recipient must take (section 5.6.7). `Date.parse` reads them, but much else too, so the form is checked first.
 * It takes a year of two digits for one from 1950 to 2049. Pure.
 */
const IMF_FIXDATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
const RFC_850 = /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/;
/** UTC too, though it does not say so. */
const ASCTIME = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/**
 * @param now milliseconds since the epoch.
 * @returns milliseconds from now, 0 for a date in the past; null for anything that is not a valid value.
 */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const date = httpDate(text);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

function httpDate(text: string): number {
  if (ASCTIME.test(text)) return Date.parse(`${text} GMT`);
  return IMF_FIXDATE.test(text) || RFC_850.test(text) ? Date.parse(text) : NaN;
}
