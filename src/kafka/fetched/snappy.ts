/**
 * Unpacks snappy: one raw block, as librdkafka and franz-go write it, or blocks in the framing of snappy-java. A block says
 * how much it unpacks to. This is checked before the library allocates the memory.
 */
import { uncompressSync } from 'snappy';
import { BatchFault } from './batch-fault.ts';

/** The beginning of snappy-java's framing. Two version numbers follow it. */
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const HEAD_BYTES = 16;
/** Three packed bytes make at most 64 bytes. */
const GROWTH_AT_MOST = 64 / 3;
/** A block is unpacked at once. By default brokers take batches of 1 MiB at most. */
const BLOCK_BYTES_AT_MOST = 64 * 1024 * 1024;
/** With a copy. Without it the library returns memory of its own, which costs three times as much. */
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
