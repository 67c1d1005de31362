/** Unpacks with Node's zlib: small data at once, larger data in pieces. A piece is unpacked after the one before was taken. */
import { createGunzip, gunzipSync, type Gunzip, type ZstdDecompress } from 'node:zlib';
import { BatchFault } from './batch-fault.ts';

/** Up to this size: unpacking at once costs half as much, and takes a millisecond or two. */
export const AT_ONCE_BYTES = 512 * 1024;
export const PIECE_BYTES = 256 * 1024;

/** @returns null if it is too large for that. @throws BatchFault */
export function unpackGzipAtOnce(packed: Buffer): Buffer[] | null {
  const options = { maxOutputLength: AT_ONCE_BYTES, chunkSize: chunkFor(packed) };
  const unpacked = unlessTooLarge(() => gunzipSync(packed, options));
  return unpacked && [unpacked];
}

export function unpackGzip(packed: Buffer): AsyncGenerator<Buffer> {
  return piecesOf(packed, createGunzip({ chunkSize: PIECE_BYTES }));
}

/** Records are views of this memory. Unused memory stays as long as they do, so it should be small. */
export function chunkFor(packed: Buffer): number {
  return Math.min(128 * 1024, Math.max(4 * 1024, 8 * packed.length));
}

export function unlessTooLarge<T>(unpackAtOnce: () => T): T | null {
  try {
    return unpackAtOnce();
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') return null;
    throw faultOf(error);
  }
}

export async function* piecesOf(packed: Buffer, stream: Gunzip | ZstdDecompress): AsyncGenerator<Buffer> {
  stream.end(packed);
  try {
    for await (const piece of stream) yield piece as Buffer;
  } catch (error) {
    throw faultOf(error);
  }
}

function faultOf(error: unknown): unknown {
  const code = codeOf(error);
  return code === null ? error : new BatchFault(`it cannot be unpacked (${code})`, { cause: error });
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
