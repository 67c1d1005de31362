/**
 * The `Retry-After` header (RFC 9110 section 10.2.3): whole seconds, or one of the three forms of an HTTP date
 * (section 5.6.7). Pure.
 */
const IMF_FIXDATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;
const RFC_850 =
  /^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, (\d\d)-([A-Z][a-z]{2})-(\d\d) (\d\d:\d\d:\d\d) GMT$/;
const ASCTIME = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) ([A-Z][a-z]{2}) ([ \d]\d) (\d\d:\d\d:\d\d) (\d{4})$/;

/**
 * @param now milliseconds since the epoch.
 * @returns milliseconds from now, 0 for a date in the past; null for anything that is not a valid value.
 */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? '';
  if (/^\d+$/.test(text)) return Number(text) * 1_000;
  const date = httpDate(text, now);
  return date === null ? null : Math.max(0, date - now);
}

function httpDate(text: string, now: number): number | null {
  if (IMF_FIXDATE.test(text)) return valid(Date.parse(text));
  const short = RFC_850.exec(text);
  if (short) {
    const [, day = '', month = '', year = '', time = ''] = short;
    return valid(Date.parse(`${day} ${month} ${fullYear(Number(year), now)} ${time} GMT`));
  }
  const ascii = ASCTIME.exec(text);
  if (!ascii) return null;
  const [, month = '', day = '', time = '', year = ''] = ascii;
  return valid(Date.parse(`${day.trim()} ${month} ${year} ${time} GMT`));
}

/** A two-digit year more than 50 years ahead is the most recent past year with these digits. */
function fullYear(twoDigits: number, now: number): number {
  const thisYear = new Date(now).getUTCFullYear();
  const inThisCentury = thisYear - (thisYear % 100) + twoDigits;
  return inThisCentury > thisYear + 50 ? inThisCentury - 100 : inThisCentury;
}

function valid(time: number): number | null {
  return Number.isNaN(time) ? null : time;
}
