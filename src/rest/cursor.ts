/**
 * The cursor of a list says where the next page begins. Callers treat it as opaque. It holds the id of the last entry of
 * the page, so pages neither repeat nor skip an entry while others are added or deleted.
 */

/** 16 bytes in base64url: 22 letters, of which the last holds only two bits. Every text of this form is a cursor. */
export const CURSOR_PATTERN = /^[A-Za-z0-9_-]{21}[AQgw]$/;

export function toCursor(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

/** @param cursor must match `CURSOR_PATTERN`. */
export function fromCursor(cursor: string): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
