/**
 * Unpacks the records of a batch, piece by piece. The next piece is unpacked only when somebody asks for it. So a batch
 * takes no more memory than its reader keeps, no matter how large it is unpacked. Small batches are unpacked at once.
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

/** Whether a batch that is read in part should be kept: to unpack it again costs more than to keep it. */
export function isCostly(pieces: Pieces): boolean {
  return !Array.isArray(pieces);
}

/** @throws BatchFault, at once or when a piece is taken. */
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
