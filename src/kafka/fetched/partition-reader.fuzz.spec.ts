/**
 * Whatever a broker might send: every offset comes to something, in order, and reading ends. Batches that are as they
 * should be are read as they were made; damaged ones, with a checksum that fits, take no more than they have.
 */
import { zstdCompressSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it, vi } from 'vitest';
import { batch, sealed, type BatchRecord } from '../../../test/support/log-batch.ts';
import { lz4, snappyFramed, snappyRaw } from '../../../test/support/packing.ts';
import { fetched, readFetched, type Read } from '../../../test/support/read-fetched.ts';
import { seeded } from '../../../test/support/seeded.ts';

const RUN = seeded(400);
vi.setConfig({ testTimeout: 60_000 + 20 * RUN.numRuns });

const PACK: readonly (readonly [number, (plain: Buffer) => Buffer])[] = [
  [0, (plain) => plain],
  [1, gzipSync],
  [2, snappyRaw],
  [2, snappyFramed],
  [3, lz4],
  [4, zstdCompressSync],
];

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array));
const maybe = fc.option(bytes);
const name = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom('', '__proto__', 'constructor'),
);
const record: fc.Arbitrary<BatchRecord> = fc.record({
  key: maybe,
  value: maybe,
  headers: fc.array(fc.tuple(name, maybe), { maxLength: 4 }),
  timestampDelta: fc.oneof(fc.integer(), fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n })),
});

interface Made {
  readonly bytes: Buffer;
  readonly records: readonly (BatchRecord & { readonly offset: number })[];
  readonly end: number;
}

/** Batches with gaps in and between them, packed in any way. */
const log: fc.Arbitrary<Made> = fc
  .array(
    fc.record({
      records: fc.array(fc.tuple(fc.nat(3), record), { maxLength: 6 }),
      before: fc.nat(3),
      behind: fc.nat(3),
      pack: fc.constantFrom(...PACK),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((batches) => {
    let end = 0;
    const records: Made['records'][number][] = [];
    const made = batches.map(({ records: some, before, behind, pack: [codec, pack] }) => {
      const baseOffset = end + before;
      let delta = -1;
      const spread = some.map(([gap, one]) => ({ ...one, offsetDelta: (delta += 1 + gap) }));
      for (const one of spread) records.push({ ...one, offset: baseOffset + one.offsetDelta });
      const lastOffsetDelta = Math.max(0, delta) + behind;
      end = baseOffset + lastOffsetDelta + 1;
      return batch(spread, { baseOffset, lastOffsetDelta, codec, pack });
    });
    return { bytes: Buffer.concat(made), records, end };
  });

/** What is true of all that was read. */
function check({ batches, unread }: Read, end: number): void {
  let next = 0;
  for (const one of batches) {
    for (const { offset, unread: what } of one.records) {
      const first = what?.firstOffset ?? offset;
      expect(first).toBeGreaterThanOrEqual(next);
      expect(offset).toBeGreaterThanOrEqual(first);
      expect(offset).toBeLessThanOrEqual(one.lastOffset);
      next = offset + 1;
    }
  }
  expect(unread.length).toBeLessThanOrEqual(end + 4);
  // The net under the readers: one of them fell into it.
  for (const { message } of unread) expect(message).not.toMatch(/it could not be read/);
}

it('reads what was written, from any offset', async () => {
  await fc.assert(
    fc.asyncProperty(log, fc.nat(20), async (made, from) => {
      const offset = Math.min(from, made.end);
      const read = await readFetched(fetched(made.bytes, { offset }));
      expect(read.unread).toEqual([]);
      expect(read.position).toBe(Math.max(offset, made.end));
      const wanted = made.records.filter((one) => one.offset >= offset);
      expect(
        read.records.map(({ offset: at, key, value, headers }) => ({
          at,
          key,
          value,
          headers: [...headers],
        })),
      ).toEqual(wanted.map(({ offset: at, key, value, headers }) => ({ at, key, value, headers })));
    }),
    RUN,
  );
});

it('reads what was cut off at any byte as far as it goes', async () => {
  await fc.assert(
    fc.asyncProperty(log, fc.nat(), async (made, at) => {
      const read = await readFetched(fetched(made.bytes.subarray(0, at % (made.bytes.length + 1))));
      expect(read.unread).toEqual([]);
      expect(read.position).toBeLessThanOrEqual(made.end);
    }),
    RUN,
  );
});

it('comes to an end with any bytes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(10), async (any, offset) => {
      check(await readFetched(fetched(Buffer.from(any), { offset, highWatermark: 100 })), 100);
    }),
    RUN,
  );
});

it('notices damage by the checksum, and passes it', async () => {
  await fc.assert(
    fc.asyncProperty(log, fc.nat(), fc.integer({ min: 1, max: 255 }), async (made, at, change) => {
      const damaged = Buffer.from(made.bytes);
      const place = at % damaged.length;
      damaged.writeUInt8(damaged.readUInt8(place) ^ change, place);
      check(await readFetched(fetched(damaged, { highWatermark: made.end })), made.end);
    }),
    RUN,
  );
});

it('comes to an end with a batch whose bytes are anything and whose checksum fits', async () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(...PACK),
      changes,
      async (records, [codec, pack], some) => {
        const bad = batch(records, { codec, pack });
        for (const [at, byte] of some) bad.writeUInt8(byte, 21 + (at % (bad.length - 21)));
        const before = process.memoryUsage().arrayBuffers;
        const read = await readFetched(fetched(sealed(bad), { highWatermark: records.length }));
        expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(128 * 1024 * 1024);
        check(read, records.length);
      },
    ),
    seeded(RUN.numRuns * 5),
  );
});
