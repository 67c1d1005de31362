/**
 * Cuts the bytes of a fetched partition into the entries of the log: batches of records, and messages of the older formats.
 * Every entry begins with its offset and its length, and has the number of its format at the same place.
 */

export interface Entry {
  /** The first offset of a batch; the last offset of packed messages. */
  readonly offset: number;
  /** The number of the format; null if no format has such a length. */
  readonly magic: number | null;
  readonly bytes: Buffer;
  /** The offset of the next entry; null if it was not fetched. */
  readonly following: number | null;
}

const HEAD_BYTES = 12;
const MAGIC_AT = 16;
/** The length of a message of the oldest format without key and value. */
const LENGTH_AT_LEAST = 14;

/** A broker may cut off its answer at any byte. An incomplete entry at the end is left out, and fetched again. */
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
