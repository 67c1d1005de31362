/**
 * Reads the `Retry-After` header (RFC 9110 section 10.2.3): whole seconds, or an HTTP date. A recipient must read all three
 * forms of an HTTP date (section 5.6.7). `Date.parse` reads them, but also much else, so the form is checked first. It
 * reads a year of two digits as one from 1950 to 2049. Pure.
 */
const IMF_FIXDATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
const RFC_850 = /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \d\d-[A-Z][a-z]{2}-\d\d \d\d:\d\d:\d\d GMT$/;
/** This form names no time zone, but means UTC. */
const ASCTIME = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;

/**
 * @param now milliseconds since the epoch.
 * @returns milliseconds from now; 0 for a date in the past; null if the value is missing or not valid.
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
