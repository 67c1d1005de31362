/**
 * Joins the pieces of an unpacked batch if a record lies in several of them. It lets other work run between pieces. It holds
 * no more than the record that is asked for, and the piece with its end.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { BatchFault } from './batch-fault.ts';
import { ByteReader } from './byte-reader.ts';
import type { Pieces } from './unpacking.ts';

/** A batch of a megabyte can unpack to a gigabyte, which takes half a second. */
const UNPACKED_AT_MOST = 1024 * 1024 * 1024;
const WORK_AT_MOST_MS = 2;

export class PieceReader {
  /** Reads the bytes that are unpacked and not taken yet. */
  reader = new ByteReader(Buffer.alloc(0));
  readonly #pieces: Iterator<Buffer> | AsyncIterator<Buffer>;
  #unpacked = 0;
  #workingSince = performance.now();

  constructor(pieces: Pieces) {
    this.#pieces =
      Symbol.asyncIterator in pieces ? pieces[Symbol.asyncIterator]() : pieces[Symbol.iterator]();
  }

  get available(): number {
    return this.reader.bytes.length - this.reader.at;
  }

  /** Unpacks until this many bytes are there. @returns false if the batch ends before. */
  async need(bytes: number): Promise<boolean> {
    const rest = this.reader.bytes.subarray(this.reader.at);
    const parts = [rest];
    let available = rest.length;
    while (available < bytes) {
      const piece = await this.#next();
      if (piece === null) break;
      parts.push(piece);
      available += piece.length;
    }
    this.reader = new ByteReader(parts.length === 1 ? rest : Buffer.concat(parts));
    return available >= bytes;
  }

  /** Passes this many bytes without keeping them. @returns false if the batch ends before. */
  async skip(bytes: number): Promise<boolean> {
    let left = bytes - this.available;
    while (left > 0) {
      const piece = await this.#next();
      if (piece === null) return false;
      this.reader = new ByteReader(piece);
      this.reader.at = piece.length;
      left -= piece.length;
    }
    this.reader.at = this.reader.bytes.length + Math.min(0, left);
    return true;
  }

  close(): void {
    void this.#pieces.return?.();
  }

  async #next(): Promise<Buffer | null> {
    if (performance.now() - this.#workingSince > WORK_AT_MOST_MS) {
      await nextTurn();
      this.#workingSince = performance.now();
    }
    const next = await this.#pieces.next();
    if (next.done === true) return null;
    this.#unpacked += next.value.length;
    if (this.#unpacked > UNPACKED_AT_MOST)
      throw new BatchFault(`it unpacks to more than ${UNPACKED_AT_MOST} bytes`);
    return next.value;
  }
}
