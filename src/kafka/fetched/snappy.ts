/**
 * Unpacks snappy: one raw block, as librdkafka and franz-go write it, or the framing that snappy-java puts round blocks.
 * A block says how much it unpacks to, and is asked before the library makes room for it.
 */
import { uncompressSync } from 'snappy';
import { BatchFault } from './batch-fault.ts';

/** Of snappy-java's framing, which has two numbers of its versions after it. */
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const HEAD_BYTES = 16;
/** Of three bytes 64 can be made, and of none more. */
const GROWTH_AT_MOST = 64 / 3;
/** A block is unpacked in one go; brokers take batches of 1 MiB, unless told otherwise. */
const BLOCK_BYTES_AT_MOST = 64 * 1024 * 1024;
/** Memory of the library's own, which it hands out else, costs three times as much as a copy. */
const OPTIONS = { asBuffer: true, copyOutputData: true };

export function* unpackSnappy(packed: Buffer): Generator<Buffer> {
  if (!beginsFrame(packed, 0)) {
    yield unpackBlock(packed);
    return;
  }
  for (let at = HEAD_BYTES; at < packed.length;) {
    if (beginsFrame(packed, at)) {
      at += HEAD_BYTES;
      continue;
    }
    const length = at + 4 <= packed.length ? packed.readInt32BE(at) : -1;
    at += 4;
    if (length < 0 || at + length > packed.length)
      throw new BatchFault('the snappy frame ends within a block');
    const unpacked = unpackBlock(packed.subarray(at, at + length));
    at += length;
    if (unpacked.length > 0) yield unpacked;
  }
}

function beginsFrame(packed: Buffer, at: number): boolean {
  const end = at + MAGIC.length;
  return packed.length - at >= HEAD_BYTES && packed.compare(MAGIC, 0, MAGIC.length, at, end) === 0;
}

function unpackBlock(block: Buffer): Buffer {
  const length = unpackedLength(block);
  if (length > BLOCK_BYTES_AT_MOST)
    throw new BatchFault(`a snappy block unpacks to more than ${BLOCK_BYTES_AT_MOST} bytes`);
  if (length > block.length * GROWTH_AT_MOST) throw new BatchFault('a snappy block is smaller than it says');
  try {
    return uncompressSync(block, OPTIONS) as Buffer;
  } catch (error) {
    throw new BatchFault('a snappy block cannot be unpacked', { cause: error });
  }
}

function unpackedLength(block: Buffer): number {
  let length = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = block[at] ?? 0x80;
    length += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return length;
  }
  throw new BatchFault('a snappy block does not say how much it unpacks to');
}
