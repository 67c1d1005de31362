/**
 * Unpacks what is in a batch, piece by piece: nothing further is unpacked before somebody asks for it, so a batch takes
 * no more memory than its reader keeps, whatever it unpacks to. What is small is unpacked at once.
 */
import { BatchFault } from './batch-fault.ts';
import { unpackLz4 } from './lz4.ts';
import { unpackSnappy } from './snappy.ts';
import { unpackGzip, unpackGzipAtOnce } from './zlib-pieces.ts';
import { unpackZstd, unpackZstdAtOnce } from './zstd.ts';

export type Pieces = Iterable<Buffer> | AsyncIterable<Buffer>;

/** The bits of a batch's attributes that name its codec. */
const CODEC_BITS = 7;

export function isPacked(attributes: number): boolean {
  return (attributes & CODEC_BITS) !== 0;
}

/** Whether one that is given up in the middle should be kept: to begin again costs more than it takes. */
export function isDear(pieces: Pieces): boolean {
  return !Array.isArray(pieces);
}

/** @throws BatchFault, now or as pieces are taken. */
export function unpack(attributes: number, packed: Buffer): Pieces {
  const codec = attributes & CODEC_BITS;
  if (packed.length === 0) return [];
  switch (codec) {
    case 0:
      return [packed];
    case 1:
      return unpackGzipAtOnce(packed) ?? unpackGzip(packed);
    case 2:
      return unpackSnappy(packed);
    case 3:
      return unpackLz4(packed);
    case 4:
      return unpackZstdAtOnce(packed) ?? unpackZstd(packed);
    default:
      throw new BatchFault(`it is packed with codec ${codec}, which Kafka does not have`);
  }
}
