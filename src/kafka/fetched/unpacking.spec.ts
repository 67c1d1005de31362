import { gzipSync, zstdCompressSync, constants } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lz4, snappyFramed, snappyRaw, zstdFrames, zstdZeros } from '../../../test/support/packing.ts';
import { seeded } from '../../../test/support/seeded.ts';
import { BatchFault } from './batch-fault.ts';
import { unpack } from './unpacking.ts';

const [GZIP, SNAPPY, LZ4, ZSTD] = [1, 2, 3, 4];
const MIB = 1024 * 1024;

async function unpacked(codec: number, packed: Buffer): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of unpack(codec, packed)) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function fault(codec: number, packed: Buffer): Promise<string> {
  const error: unknown = await unpacked(codec, packed).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(BatchFault);
  return (error as BatchFault).message;
}

/** Such as packs well, such as does not, and such as repeats itself at once. */
const plain = fc.oneof(
  fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(fc.string({ minLength: 1, maxLength: 9 }), fc.nat(9_000))
    .map(([text, times]) => Buffer.from(text.repeat(times))),
  fc
    .array(fc.constantFrom('{"id":', '"user_created"', 'abcabcabc', 'é', '\0'), { maxLength: 400 })
    .map((texts) => Buffer.from(texts.join(''))),
);

/** More than is unpacked at once. */
const LARGE = Buffer.from(
  Array.from({ length: 60_000 }, (_, index) => `{"user":"user-${index % 977}","number":${index}}`).join('\n'),
);

const PACKERS: [string, number, (bytes: Buffer) => Buffer][] = [
  ['nothing', 0, (bytes) => bytes],
  ['gzip', GZIP, (bytes) => gzipSync(bytes)],
  ['raw snappy (franz-go, librdkafka)', SNAPPY, snappyRaw],
  ['framed snappy (Java)', SNAPPY, (bytes) => snappyFramed(bytes)],
  ['LZ4', LZ4, lz4],
  ['Zstandard', ZSTD, (bytes) => zstdCompressSync(bytes)],
  ['two Zstandard frames, of which only the first was read', ZSTD, (bytes) => zstdFrames(bytes, 2)],
  ['many Zstandard frames', ZSTD, (bytes) => zstdFrames(bytes, 40)],
];

describe.each(PACKERS)('%s', (_name, codec, pack) => {
  it('is unpacked to what was packed', async () => {
    await fc.assert(
      fc.asyncProperty(plain, async (bytes) => {
        expect((await unpacked(codec, pack(bytes))).equals(bytes)).toBe(true);
      }),
      seeded(100),
    );
  });

  it('is unpacked to what was packed where that is large', async () => {
    expect((await unpacked(codec, pack(LARGE))).equals(LARGE)).toBe(true);
  });

  it('is a fault of the batch where it is cut off or damaged, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(plain, fc.nat(), fc.nat(255), fc.boolean(), async (bytes, at, byte, cut) => {
        const packed = Buffer.from(pack(bytes));
        if (packed.length === 0) return;
        if (!cut) packed[at % packed.length] = byte;
        try {
          await unpacked(codec, cut ? packed.subarray(0, at % packed.length) : packed);
        } catch (error) {
          if (!(error instanceof BatchFault)) throw error;
        }
      }),
      seeded(300),
    );
  });
});

it('unpacks in no more room than a piece takes: 950 MB of zeros in 29 KB killed the process', async () => {
  const packed = zstdZeros(Buffer.from('before'), 950_000_000, Buffer.from('after'), 23);
  expect(packed.length).toBeLessThan(30_000);
  let [bytes, largest] = [0, 0];
  for await (const piece of unpack(ZSTD, packed)) {
    bytes += piece.length;
    largest = Math.max(largest, piece.length);
  }
  expect(bytes).toBe(950_000_011);
  expect(largest).toBeLessThanOrEqual(256 * 1024);
});

describe('Zstandard', () => {
  it('of the highest levels says a large window whatever it packs, and is read', async () => {
    const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 };
    expect((await unpacked(ZSTD, zstdCompressSync(LARGE, { params }))).equals(LARGE)).toBe(true);
    const small = Buffer.from('an event');
    expect((await unpacked(ZSTD, zstdZeros(small, 0, small, 27))).toString()).toBe('an eventan event');
  });

  it('that needs more memory than RFC 8878 asks of a decoder is refused when it takes it', async () => {
    expect(await fault(ZSTD, zstdZeros(Buffer.alloc(0), 20 * MIB, Buffer.alloc(0), 26))).toMatch(/window/);
  });

  it('in thousands of empty frames is refused: each costs as much as a batch', async () => {
    const frames = Buffer.concat(Array.from({ length: 2_000 }, () => zstdCompressSync(Buffer.alloc(0))));
    expect(await fault(ZSTD, frames)).toMatch(/frames/);
  });

  it('frames that are to be skipped are skipped', async () => {
    const skipped = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    const frames = [skipped, zstdCompressSync(Buffer.from('a')), skipped, zstdCompressSync(Buffer.from('b'))];
    expect((await unpacked(ZSTD, Buffer.concat(frames))).toString()).toBe('ab');
  });
});

describe('gzip', () => {
  it('in several members is read whole', async () => {
    const members = [gzipSync(Buffer.from('one ')), gzipSync(LARGE)];
    const whole = Buffer.concat([Buffer.from('one '), LARGE]);
    expect((await unpacked(GZIP, Buffer.concat(members))).equals(whole)).toBe(true);
  });
});

describe('snappy', () => {
  it('in two frames of snappy-java is read whole', async () => {
    const frames = [snappyFramed(Buffer.from('one ')), snappyFramed(Buffer.from('two'))];
    expect((await unpacked(SNAPPY, Buffer.concat(frames))).toString()).toBe('one two');
  });

  it('that says to be 4 GiB is refused before room is made for it', async () => {
    expect(await fault(SNAPPY, Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0]))).toMatch(
      /more than 67108864/,
    );
    expect(await fault(SNAPPY, Buffer.from([0x80, 0x80, 0x80, 0x10, 0, 0]))).toMatch(/smaller than it says/);
  });
});

describe('LZ4', () => {
  /** The head of a frame: no checksums; blocks of up to 64 KiB. The last byte, a checksum, is wrong. */
  const head = (flags: number): Buffer => Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x40 | flags, 0x40, 0]);
  const block = (bytes: number[]): Buffer => Buffer.from([bytes.length, 0, 0, 0, ...bytes]);
  const end = Buffer.alloc(4);
  /** "abcd", and five bytes of what is four bytes back. */
  const abcd = [0x40, 0x61, 0x62, 0x63, 0x64];
  const repeated = [0x01, 4, 0, 0x10, 0x21];

  it('with a wrong checksum of its head, as old clients wrote it, is read', async () => {
    expect((await unpacked(LZ4, Buffer.concat([head(0x20), block(abcd), end]))).toString()).toBe('abcd');
  });

  it('whose blocks copy from the ones before is read', async () => {
    const frame = Buffer.concat([head(0), block(abcd), block(repeated), block(repeated), end]);
    expect((await unpacked(LZ4, frame)).toString()).toBe('abcdabcda!cda!c!');
  });

  it('whose blocks stand alone and copy from the ones before is not', async () => {
    const frame = Buffer.concat([head(0x20), block(abcd), block(repeated), end]);
    expect(await fault(LZ4, frame)).toMatch(/before its beginning/);
  });

  it('in a hundred thousand blocks that are linked takes no longer than its bytes', async () => {
    const blocks = Array.from({ length: 100_000 }, () => block(abcd));
    const frame = Buffer.concat([head(0), ...blocks, end]);
    expect((await unpacked(LZ4, frame)).length).toBe(400_000);
  });

  it('a block of zeros is refused at the size that its frame names', async () => {
    const zeros = (lengthBytes: number): Buffer => {
      const bytes = Buffer.from([0x1f, 0, 1, 0, ...Array<number>(lengthBytes).fill(255), 0]);
      return Buffer.concat([Buffer.from([bytes.length & 255, bytes.length >> 8, 0, 0]), bytes]);
    };
    expect(await unpacked(LZ4, Buffer.concat([head(0x20), zeros(256), end]))).toHaveLength(65_300);
    expect(await fault(LZ4, Buffer.concat([head(0x20), zeros(257), end]))).toMatch(/larger than it says/);
  });
});

it('a codec that Kafka does not have is a fault', async () => {
  for (const codec of [5, 6, 7])
    expect(await fault(codec, Buffer.from('x'))).toMatch(/which Kafka does not have/);
});
