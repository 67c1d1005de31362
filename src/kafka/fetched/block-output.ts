/**
 * Writes an unpacked LZ4 block: new bytes, and copies of bytes that were written before. It never writes beyond the room
 * that it was given. It is JavaScript because the native module allocates as much memory as a frame asks for, and takes
 * three times as long.
 */
import { BatchFault } from './batch-fault.ts';

/** Up to this length a loop over the bytes costs less than a call. */
const SHORT = 24;

export class BlockOutput {
  readonly bytes: Buffer;
  at = 0;
  #end: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#end = bytes.length;
  }

  /** Makes room for exactly this many bytes. At least `history` bytes that were written before can still be copied. */
  makeRoom(bytes: number, history: number): void {
    if (this.at + bytes > this.bytes.length) {
      const kept = Math.min(this.at, history);
      this.bytes.copyWithin(0, this.at - kept, this.at);
      this.at = kept;
    }
    this.#end = this.at + bytes;
  }

  literals(from: Buffer, start: number, length: number): void {
    const { bytes, at } = this;
    const end = at + length;
    if (end > this.#end || start + length > from.length)
      throw new BatchFault('a block is larger than it says');
    if (length > SHORT) from.copy(bytes, at, start, start + length);
    else for (let to = at, source = start; to < end; to += 1, source += 1) bytes[to] = from[source] ?? 0;
    this.at = end;
  }

  /** Copies the bytes that begin `distance` bytes back. If `length` is larger than that, it repeats them. */
  repeat(distance: number, length: number): void {
    const { bytes, at } = this;
    const end = at + length;
    const from = at - distance;
    if (from < 0 || distance === 0) throw new BatchFault('a block copies from before its beginning');
    if (end > this.#end) throw new BatchFault('a block is larger than it says');
    if (length <= SHORT)
      for (let to = at, source = from; to < end; to += 1, source += 1) bytes[to] = bytes[source] ?? 0;
    else {
      // Each copy doubles what can be copied at once.
      for (let to = at; to < end; to = Math.min(end, to + (to - from)))
        bytes.copyWithin(to, from, Math.min(to, from + end - to));
    }
    this.at = end;
  }
}
