/**
 * Cuts the bytes of a fetched partition into what lies in the log one behind the other: batches of records, and messages
 * of the formats before them. Each begins with its offset and its length, and has its format at the same place.
 */

export interface Entry {
  /** Of a batch its first one, of packed messages their last one. */
  readonly offset: number;
  /** The format; null where the length is one that nothing has. */
  readonly magic: number | null;
  readonly bytes: Buffer;
  /** The offset of the entry behind it, where that much was fetched. */
  readonly following: number | null;
}

const HEAD_BYTES = 12;
const MAGIC_AT = 16;
/** Of a message of the oldest format without key and value. */
const LENGTH_AT_LEAST = 14;

/** Brokers cut off what they send at any byte: what is incomplete at the end is left out, and fetched again. */
export function* entriesOf(fetched: Buffer): Generator<Entry> {
  for (let at = 0; at + HEAD_BYTES <= fetched.length;) {
    const offset = offsetAt(fetched, at);
    const length = fetched.readInt32BE(at + 8);
    const end = at + HEAD_BYTES + length;
    if (length < LENGTH_AT_LEAST) {
      yield { offset, magic: null, bytes: fetched.subarray(at), following: null };
      return;
    }
    if (end > fetched.length) return;
    const following = end + 8 <= fetched.length ? offsetAt(fetched, end) : null;
    yield { offset, magic: fetched.readInt8(at + MAGIC_AT), bytes: fetched.subarray(at, end), following };
    at = end;
  }
}

function offsetAt(fetched: Buffer, at: number): number {
  return Number(fetched.readBigInt64BE(at));
}
