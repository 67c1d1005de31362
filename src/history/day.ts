/** Days in UTC, and the ids (UUIDv7) that were made in them. Pure. */

export const DAY_MS = 86_400_000;

/** The smallest id of this moment. @param at milliseconds since the epoch. */
export function firstIdAt(at: number): string {
  const time = Math.max(0, Math.floor(at)).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`;
}

/** When an id was made, in milliseconds since the epoch. */
export function timeOfId(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** Midnight before it. */
export function dayOf(at: number): number {
  return Math.floor(at / DAY_MS) * DAY_MS;
}

/** As in the names of tables: `2026_11_27`. */
export function dayName(day: number): string {
  return new Date(day).toISOString().slice(0, 10).replaceAll('-', '_');
}

/** @returns null where it is no such name. */
export function dayNamed(name: string): number | null {
  const [, year, month, day] = /_(\d{4})_(\d{2})_(\d{2})$/.exec(name) ?? [];
  return year === undefined ? null : Date.parse(`${year}-${month ?? ''}-${day ?? ''}T00:00:00Z`);
}
