/**
 * Unpacks LZ4 frames block by block. It does not check the checksums of a frame: the batch has a checksum of its own, and
 * old clients wrote a wrong one for the head of the frame.
 */
import { BatchFault } from './batch-fault.ts';
import { BlockOutput } from './block-output.ts';

const MAGIC = 0x184d2204;
const HEAD_BYTES = 7;
const FLAG = {
  independent: 0x20,
  blockChecksums: 0x10,
  contentSize: 0x08,
  dictionary: 0x01,
};
/** The size of a block by its code in the frame's head: 64 KiB to 4 MiB. */
const BLOCK_BYTES: Readonly<Record<number, number>> = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 };
/** How far back a block may copy from the blocks before it. */
const HISTORY_BYTES = 1 << 16;
const NOT_PACKED = 0x8000_0000;
const LENGTH_MORE = 15;
const MATCH_AT_LEAST = 4;

/** Only the first frame is read, as in the Java client. */
export function* unpackLz4(packed: Buffer): Generator<Buffer> {
  const { flags, blockBytes, at: first } = readHead(packed);
  const output = (flags & FLAG.independent) === 0 ? linkedOutput(blockBytes) : null;
  for (let at = first; ;) {
    const head = uint32(packed, at);
    at += 4;
    if (head === 0) return;
    const length = head % NOT_PACKED;
    if (length > blockBytes || at + length > packed.length)
      throw new BatchFault('the LZ4 frame ends within a block');
    const block = packed.subarray(at, at + length);
    at += length + (flags & FLAG.blockChecksums ? 4 : 0);
    const unpacked = unpackBlock(block, head >= NOT_PACKED, output ?? new BlockOutput(room), blockBytes);
    if (unpacked.length > 0) yield unpacked;
  }
}

/** Blocks that may copy from earlier blocks are written one after another into the same memory. */
function linkedOutput(blockBytes: number): BlockOutput {
  return new BlockOutput(Buffer.allocUnsafe(HISTORY_BYTES + 2 * blockBytes));
}

/** An independent block is written here first, because its length is known only at its end. */
const room = Buffer.allocUnsafeSlow(BLOCK_BYTES[7] ?? 0);

function readHead(packed: Buffer): { flags: number; blockBytes: number; at: number } {
  if (uint32(packed, 0) !== MAGIC) throw new BatchFault('it is no LZ4 frame');
  const flags = packed[4] ?? 0;
  const blockBytes = BLOCK_BYTES[((packed[5] ?? 0) >> 4) & 7];
  if (flags >> 6 !== 1 || blockBytes === undefined || flags & FLAG.dictionary)
    throw new BatchFault('the LZ4 frame is of a kind that Kafka does not use');
  return { flags, blockBytes, at: HEAD_BYTES + (flags & FLAG.contentSize ? 8 : 0) };
}

function unpackBlock(block: Buffer, plain: boolean, output: BlockOutput, blockBytes: number): Buffer {
  output.makeRoom(blockBytes, HISTORY_BYTES);
  const from = output.at;
  if (plain) output.literals(block, 0, block.length);
  else readSequences(block, output);
  return Buffer.from(output.bytes.subarray(from, output.at));
}

function readSequences(block: Buffer, output: BlockOutput): void {
  for (let at = 0; at < block.length;) {
    const token = block[at++] ?? 0;
    let literals = token >> 4;
    if (literals === LENGTH_MORE) [literals, at] = longer(block, at, literals);
    output.literals(block, at, literals);
    at += literals;
    // The last sequence has no match.
    if (at >= block.length) break;
    if (at + 2 > block.length) throw new BatchFault('an LZ4 block ends within a match');
    const distance = (block[at] ?? 0) | ((block[at + 1] ?? 0) << 8);
    at += 2;
    let match = token & LENGTH_MORE;
    if (match === LENGTH_MORE) [match, at] = longer(block, at, match);
    output.repeat(distance, match + MATCH_AT_LEAST);
  }
}

/** @returns the length, and where it ends. */
function longer(block: Buffer, start: number, length: number): [number, number] {
  let at = start;
  let whole = length;
  for (;;) {
    const byte = block[at++];
    if (byte === undefined) throw new BatchFault('an LZ4 block ends within a length');
    whole += byte;
    if (byte < 255) return [whole, at];
  }
}

function uint32(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) throw new BatchFault('the LZ4 frame has no end');
  return bytes.readUInt32LE(at);
}
