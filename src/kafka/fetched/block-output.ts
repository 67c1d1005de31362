/**
 * Where LZ4 blocks are written: literals, and copies of what was written before, never beyond the room that was given.
 * In JavaScript, as the native module makes as much room as a frame asks for, and takes three times as long with it.
 */
import { BatchFault } from './batch-fault.ts';

/** What is shorter costs less byte by byte than by a call. */
const SHORT = 24;

export class BlockOutput {
  readonly bytes: Buffer;
  at = 0;
  #end: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#end = bytes.length;
  }

  /** Room for so many bytes and no more; of what was written before, at least `history` bytes can be copied. */
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

  /** Repeats what is `distance` bytes back; where `length` is larger, what it just wrote too. */
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
