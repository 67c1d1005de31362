/**
 * The compression codecs kafkajs lacks. Without them one snappy, lz4 or zstd batch (snappy is franz-go's default)
 * would end the consumer for good, so they are registered before any client is made.
 */
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { compress, uncompress } from 'snappy';
import { CompressionCodecs, CompressionTypes } from './kafkajs.ts';

interface Codec {
  /** kafkajs hands its encoder, of which only the bytes are needed. */
  compress(encoder: { buffer: Buffer }): Promise<Buffer>;
  decompress(data: Buffer): Promise<Buffer>;
}

/** Header of the block framing that snappy-java, and so the Java client, puts round raw snappy. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const XERIAL_HEADER_BYTES = 16;

async function uncompressSnappy(data: Buffer): Promise<Buffer> {
  if (!data.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return uncompressRaw(data);
  const blocks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at < data.length;) {
    const length = data.readInt32BE(at);
    blocks.push(await uncompressRaw(data.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

async function uncompressRaw(data: Buffer): Promise<Buffer> {
  return (await uncompress(data, { asBuffer: true })) as Buffer;
}

const zstdCompressed = promisify(zstdCompress);
const zstdDecompressed = promisify(zstdDecompress);

const CODECS: Record<number, Codec> = {
  [CompressionTypes.Snappy]: {
    compress: (encoder) => compress(encoder.buffer),
    decompress: uncompressSnappy,
  },
  [CompressionTypes.LZ4]: {
    compress: (encoder) => compressFrame(encoder.buffer),
    decompress: (data) => decompressFrame(data),
  },
  [CompressionTypes.ZSTD]: {
    compress: (encoder) => zstdCompressed(encoder.buffer),
    decompress: (data) => zstdDecompressed(data),
  },
};

/** Idempotent; kafkajs keeps its codecs in one table per process. */
export function registerCodecs(): void {
  for (const [type, codec] of Object.entries(CODECS)) {
    (CompressionCodecs as Record<string, () => Codec>)[type] = () => codec;
  }
}
