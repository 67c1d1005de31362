/**
 * The cursor of the list: for each partition, the offset before which the next page goes on. Callers treat it as opaque.
 */
import { z } from 'zod';

export const PLACE_CURSOR_PATTERN = /^[A-Za-z0-9_-]{1,65536}$/;

const places = z.array(z.tuple([z.int().min(0), z.int().min(0)])).min(1);

export function toPlaceCursor(rest: ReadonlyMap<number, number>): string | null {
  if (rest.size === 0) return null;
  return Buffer.from(JSON.stringify([...rest])).toString('base64url');
}

/** Null if it is not a cursor. */
export function fromPlaceCursor(cursor: string): Map<number, number> | null {
  try {
    return new Map(places.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString())));
  } catch {
    return null;
  }
}
