/**
 * A place in the list of deliveries: the creation time and the id of a delivery. As a cursor it is 24 bytes in base64url:
 * the microseconds since the epoch, and the id. Pure.
 */
export interface Place {
  /** Microseconds since the epoch. */
  readonly at: number;
  readonly id: string;
}

const CURSOR_BYTES = 24;
export const CURSOR_PATTERN = /^[A-Za-z0-9_-]{32}$/;
const LOWEST_ID = '00000000-0000-0000-0000-000000000000';
/** The year 2200: later than any delivery, and exact as a number. */
const LATEST_AT = 7_258_118_400_000_000;

/** The place behind everything that was created at this time or later. @param at milliseconds since the epoch. */
export function before(at: number): Place {
  return { at: Math.max(0, Math.round(at * 1_000)), id: LOWEST_ID };
}

/** Before the first of the list. */
export const TOP: Place = { at: LATEST_AT, id: LOWEST_ID };
/** Behind the last of the list. */
export const BOTTOM: Place = { at: 0, id: LOWEST_ID };

/** Whether `a` is nearer to the top of the list, newest first. */
export function isAbove(a: Place, b: Place): boolean {
  return a.at > b.at || (a.at === b.at && a.id > b.id);
}

export function toCursor({ at, id }: Place): string {
  const bytes = Buffer.alloc(CURSOR_BYTES);
  bytes.writeBigUInt64BE(BigInt(at));
  bytes.write(id.replaceAll('-', ''), 8, 'hex');
  return bytes.toString('base64url');
}

/** @param cursor must match `CURSOR_PATTERN`. */
export function fromCursor(cursor: string): Place {
  const bytes = Buffer.from(cursor, 'base64url');
  const at = bytes.readBigUInt64BE();
  const hex = bytes.toString('hex', 8);
  return {
    at: at > BigInt(LATEST_AT) ? LATEST_AT : Number(at),
    id: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
  };
}
