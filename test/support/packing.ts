/** What is packed in ways that Kafka's clients pack it, and in ways that none does. */
import { zstdCompressSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';

/** Raw, as librdkafka and franz-go write it. */
export function snappyRaw(plain: Buffer): Buffer {
  return compressSync(plain);
}

/** In the framing of snappy-java, as the Java client writes it. */
export function snappyFramed(plain: Buffer, blockBytes = 32 * 1024): Buffer {
  const head = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1]);
  const parts: Buffer[] = [head];
  for (let at = 0; at < plain.length; at += blockBytes) {
    const block = compressSync(plain.subarray(at, at + blockBytes));
    parts.push(int32(block.length), block);
  }
  return Buffer.concat(parts);
}

export function lz4(plain: Buffer): Buffer {
  return compressFrameSync(plain);
}

/** One frame behind the other. */
export function zstdFrames(plain: Buffer, frames: number): Buffer {
  const bytes = Math.ceil(plain.length / frames);
  return Buffer.concat(
    Array.from({ length: frames }, (_, index) =>
      zstdCompressSync(plain.subarray(index * bytes, (index + 1) * bytes)),
    ),
  );
}

const ZSTD_BLOCK_BYTES = 128 * 1024;

/** A Zstandard frame of `before`, so many zeros, and `after`: four bytes for 128 KiB of zeros. */
export function zstdZeros(before: Buffer, zeros: number, after: Buffer, windowLog = 17): Buffer {
  const parts: Buffer[] = [
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (windowLog - 10) << 3]),
    zstdBlock(0, before.length),
    before,
  ];
  for (let left = zeros; left > 0; left -= ZSTD_BLOCK_BYTES)
    parts.push(zstdBlock(1, Math.min(left, ZSTD_BLOCK_BYTES)), Buffer.from([0]));
  return Buffer.concat([...parts, zstdBlock(0, after.length, true), after]);
}

/** @param kind 0: as it is; 1: one byte, repeated. */
function zstdBlock(kind: 0 | 1, length: number, last = false): Buffer {
  const head = Buffer.alloc(3);
  head.writeUIntLE(Number(last) + 2 * kind + 8 * length, 0, 3);
  return head;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
