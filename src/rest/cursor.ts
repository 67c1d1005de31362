/**
 * The opaque cursor of a list: where the next page begins. It is the id of the last entry of this page, so pages
 * neither repeat nor skip an entry when others come and go.
 */

/** 16 bytes as base64url: the last of 22 letters holds two bits only. Every such text is a cursor. */
export const CURSOR_PATTERN = /^[A-Za-z0-9_-]{21}[AQgw]$/;

export function toCursor(id: string): string {
  return Buffer.from(id.replaceAll('-', ''), 'hex').toString('base64url');
}

/** @param cursor a text that matches `CURSOR_PATTERN`. */
export function fromCursor(cursor: string): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
