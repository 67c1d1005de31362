/**
 * Unpacks Zstandard. A batch may have several frames one after another. Brokers accept that, but Node stops at the end of
 * the first frame. So each frame is unpacked on its own.
 */
import { constants, createZstdDecompress, zstdDecompressSync } from 'node:zlib';
import { BatchFault } from './batch-fault.ts';
import { AT_ONCE_BYTES, chunkFor, PIECE_BYTES, piecesOf, unlessTooLarge } from './zlib-pieces.ts';

/**
 * The window: how much of the unpacked bytes a decoder must remember. RFC 8878 (section 3.1.1.1.2) recommends 8 MiB for
 * decoders and encoders. Java's highest levels always ask for more. Such a frame is read if it unpacks to no more than this.
 */
const WINDOW_BYTES = 8 * 1024 * 1024;
const WINDOW_LOG_AT_MOST = 27;
/** Each frame takes as long as a small batch, even an empty one. Real clients write one frame. */
const FRAMES_AT_MOST = { atOnce: 8, ofBatch: 1_000 };

const MAGIC = 0xfd2fb528;
const PARAMS = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_AT_MOST };

/** @returns null if it is too large for that. @throws BatchFault */
export function unpackZstdAtOnce(packed: Buffer): Buffer[] | null {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for (let rest = packed; rest.length > 0;) {
    if (pieces.length >= FRAMES_AT_MOST.atOnce || bytes >= AT_ONCE_BYTES) return null;
    const options = {
      info: true,
      maxOutputLength: AT_ONCE_BYTES - bytes,
      chunkSize: chunkFor(rest),
      params: PARAMS,
    };
    const unpacked = unlessTooLarge(() => zstdDecompressSync(rest, options) as unknown as Unpacked);
    if (unpacked === null) return null;
    pieces.push(unpacked.buffer);
    bytes += unpacked.buffer.length;
    rest = afterFrame(rest, unpacked.engine.bytesWritten);
  }
  return pieces;
}

/** What Node returns with the option `info`. */
interface Unpacked {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

export async function* unpackZstd(packed: Buffer): AsyncGenerator<Buffer> {
  let rest = packed;
  for (let frames = 0; rest.length > 0; frames += 1) {
    if (frames === FRAMES_AT_MOST.ofBatch)
      throw new BatchFault(`it has more than ${frames} Zstandard frames`);
    const large = windowOf(rest) > WINDOW_BYTES;
    const stream = createZstdDecompress({ chunkSize: PIECE_BYTES, params: PARAMS });
    let bytes = 0;
    for await (const piece of piecesOf(rest, stream)) {
      bytes += piece.length;
      if (large && bytes > WINDOW_BYTES)
        throw new BatchFault(`its Zstandard window is larger than the ${WINDOW_BYTES} bytes of RFC 8878`);
      yield piece;
    }
    rest = afterFrame(rest, stream.bytesWritten);
  }
}

function afterFrame(packed: Buffer, read: number): Buffer {
  if (read === 0) throw new BatchFault('it is no Zstandard frame');
  return packed.subarray(read);
}

/** The window of the frame in bytes; 0 for a frame that is to be skipped. */
function windowOf(frame: Buffer): number {
  if (frame.length < 14 || frame.readUInt32LE(0) !== MAGIC) return 0;
  const descriptor = frame.readUInt8(4);
  if ((descriptor & 0x20) === 0) {
    const window = frame.readUInt8(5);
    return 2 ** (10 + (window >> 3)) * (1 + (window & 7) / 8);
  }
  // A frame of a single segment has its size instead. It follows the id of the dictionary.
  const at = 5 + (4 >> (3 - (descriptor & 3)));
  switch (descriptor >> 6) {
    case 0:
      return frame.readUInt8(at);
    case 1:
      return frame.readUInt16LE(at);
    case 2:
      return frame.readUInt32LE(at);
    default:
      return at + 8 <= frame.length ? Number(frame.readBigUInt64LE(at)) : Infinity;
  }
}
