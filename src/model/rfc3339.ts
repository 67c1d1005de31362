/** `date-time` of RFC 3339 section 5.6, the form of ISO 8601 that events and queries use. */
const DATE_TIME =
  /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt ](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** Whether the text has this form and its day exists. The second 60 is allowed, for leap seconds. */
export function isRfc3339(text: string): boolean {
  const parts = DATE_TIME.exec(text);
  if (!parts) return false;
  const [, year, month, day] = parts;
  return Number(day) <= 28 || Number(day) <= daysIn(Number(year), Number(month));
}

function daysIn(year: number, month: number): number {
  const lastDay = new Date(0);
  lastDay.setUTCFullYear(year, month, 0);
  return lastDay.getUTCDate();
}
