import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  batch,
  batchOf,
  field,
  FLAGS,
  marker,
  recordBytes,
  sealed,
  varint,
} from '../../../test/support/log-batch.ts';
import { lz4, snappyRaw, zstdFrames, zstdZeros } from '../../../test/support/packing.ts';
import { fetched, readFetched, values } from '../../../test/support/read-fetched.ts';

const text = (count: number, from = 0): { value: string }[] =>
  Array.from({ length: count }, (_, index) => ({ value: `v${from + index}` }));
const offsets = (records: readonly { offset: number }[]): number[] => records.map(({ offset }) => offset);

describe('a record', () => {
  it('is read as it lies: its headers as a list, in which names repeat, are empty or __proto__, and values are null', async () => {
    const headers = [
      ['x-a', '1'],
      ['x-a', null],
      ['', 'empty'],
      ['__proto__', 'p'],
      ['constructor', Buffer.from([255, 0])],
      ['x-a', ''],
    ] as const;
    const { records } = await readFetched(
      fetched(batch([{ key: Buffer.from([0x80]), value: null, headers }])),
    );
    expect(records[0]).toMatchObject({ offset: 0, timestamp: 1_764_000_000_000, value: null, unread: null });
    expect(records[0]?.key).toEqual(Buffer.from([0x80]));
    expect(
      [...(records[0]?.headers ?? [])].map(([name, value]) => [name, value?.toString('latin1')]),
    ).toEqual(
      headers.map(([name, value]) => [
        name,
        value === null ? undefined : Buffer.from(value).toString('latin1'),
      ]),
    );
  });

  it('has a null key and value where their lengths are negative, as for the Java client', async () => {
    const body = Buffer.concat([Buffer.from([0]), varint(0), varint(0), varint(-7), varint(-2), varint(0)]);
    const records = Buffer.concat([varint(body.length), body]);
    const read = await readFetched(fetched(batchOf(records, { count: 1 })));
    expect(read.records[0]).toMatchObject({ key: null, value: null });
  });

  it.each([
    ['as it was made', {}, [1_764_000_000_005, 1_763_999_999_990]],
    ['when the broker appended it', { flags: FLAGS.logAppendTime }, [1_764_000_000_999, 1_764_000_000_999]],
    ['after a compaction', { flags: FLAGS.deleteHorizon }, [1_764_000_000_005, 1_763_999_999_990]],
    ['beyond exact numbers', { baseTimestamp: 2n ** 62n }, [2n ** 62n + 5n, 2n ** 62n - 10n]],
  ])('has its time %s', async (_when, options, times) => {
    const made = batch([{ timestampDelta: 5 }, { timestampDelta: -10 }], options);
    const { records } = await readFetched(fetched(made));
    expect(records.map(({ timestamp }) => timestamp)).toEqual(times);
  });

  it('has any time that 64 bits have', async () => {
    const made = batch([{ timestampDelta: 2n ** 63n - 1n }, { timestampDelta: -(2n ** 63n) }], {
      baseTimestamp: 0n,
    });
    const { records } = await readFetched(fetched(made));
    expect(records.map(({ timestamp }) => timestamp)).toEqual([2n ** 63n - 1n, -(2n ** 63n)]);
  });

  it('with 30,000 headers is read in milliseconds: with 10,000 the process stood still for 28 s', async () => {
    const headers = Array.from({ length: 30_000 }, (_, index) => [`h${index}`, 'v'] as const);
    const made = batch([{ value: 'v', headers }]);
    const start = performance.now();
    const { records } = await readFetched(fetched(made));
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(records[0]?.headers.count).toBe(30_000);
  });
});

describe('a batch', () => {
  it.each([
    ['none', 0, undefined],
    ['gzip', 1, gzipSync],
    ['snappy', 2, snappyRaw],
    ['LZ4', 3, lz4],
    ['Zstandard', 4, zstdCompressSync],
    ['two frames of Zstandard', 4, (plain: Buffer) => zstdFrames(plain, 2)],
  ])('packed with %s is read', async (_name, codec, pack) => {
    const { records, unread } = await readFetched(
      fetched(batch(text(500), { codec, ...(pack && { pack }) })),
    );
    expect(values(records)).toEqual(text(500).map(({ value }, index) => [index, value]));
    expect(unread).toEqual([]);
  });

  it('of 200,000 records in 168 KB is read in portions: Maximum call stack size exceeded', async () => {
    const records = Array.from({ length: 200_000 }, (_, index) => ({
      value: `{"user":"user-${index % 1_000}"}`,
    }));
    const made = batch(records, { codec: 4, pack: zstdCompressSync });
    const { batches, records: read, position } = await readFetched(fetched(made));
    expect([read.length, position]).toEqual([200_000, 200_000]);
    expect(Math.max(...batches.map((one) => one.records.length))).toBeLessThanOrEqual(1_000);
  });

  it('of 600 records of 1 MB is read in portions of which each is small: the process was killed', async () => {
    const value = Buffer.alloc(1_000_000, ' ');
    const records = Buffer.concat(
      Array.from({ length: 600 }, (_, index) => zstdCompressSync(recordBytes({ value }, index))),
    );
    const { batches, position } = await readFetched(fetched(batchOf(records, { codec: 4, count: 600 })));
    expect(position).toBe(600);
    for (const { records: some } of batches)
      expect(some.reduce((bytes, { size }) => bytes + size, 0)).toBeLessThan(3_000_000);
  });

  it('that begins before what was asked for is read from there on', async () => {
    const read = await readFetched(fetched([batch(text(10), { codec: 1, pack: gzipSync })], { offset: 7 }));
    expect(offsets(read.records)).toEqual([7, 8, 9]);
    expect(read.batches[0]).toMatchObject({ firstOffset: 7, lastOffset: 9 });
    const before = await readFetched(
      fetched([batch(text(3)), batch(text(3, 3), { baseOffset: 3 })], { offset: 4 }),
    );
    expect(offsets(before.records)).toEqual([4, 5]);
  });

  it('with gaps in it, before it and at its end is passed as a whole', async () => {
    const compacted = batch([{ offsetDelta: 2 }, { offsetDelta: 5 }], { baseOffset: 10, lastOffsetDelta: 9 });
    const read = await readFetched(fetched(compacted, { offset: 4 }));
    expect([offsets(read.records), read.unread, read.position]).toEqual([[12, 15], [], 20]);
    expect(read.batches).toMatchObject([{ firstOffset: 4, lastOffset: 19 }]);
  });

  it('without records, which compaction leaves, is passed', async () => {
    for (const codec of [0, 4]) {
      const empty = batch([], { baseOffset: 5, lastOffsetDelta: 4, codec });
      const read = await readFetched(fetched([empty, batch(text(1), { baseOffset: 10 })], { offset: 5 }));
      expect([offsets(read.records), read.unread, read.position]).toEqual([[10], [], 11]);
    }
  });

  it('that is cut off at the end is left for the next fetch', async () => {
    const whole = Buffer.concat([batch(text(2)), batch(text(2, 2), { baseOffset: 2 })]);
    const first = batch(text(2)).length;
    for (let length = 0; length < whole.length; length += 1) {
      const read = await readFetched(fetched(whole.subarray(0, length)));
      expect([read.position, read.unread]).toEqual([length < first ? 0 : 2, []]);
    }
  });
});

describe('transactions', () => {
  const by = (producerId: bigint, baseOffset: number, count = 1, flags = FLAGS.transactional): Buffer =>
    batch(text(count, baseOffset), { producerId, baseOffset, flags });
  const [A, B] = [7n, 8n];

  it.each(['in the order of their ends', 'in the order of their beginnings'])(
    'of two producers that were both aborted are left out, named %s: those of one were delivered',
    async (order) => {
      const log = [
        by(B, 0, 3),
        by(A, 3),
        marker('abort', A, 4),
        marker('abort', B, 5),
        by(B, 6),
        marker('commit', B, 7),
      ];
      const abortedTransactions = [
        { producerId: '7', firstOffset: '3' },
        { producerId: '8', firstOffset: '0' },
      ];
      if (order.endsWith('beginnings')) abortedTransactions.reverse();
      const read = await readFetched(fetched(log, { abortedTransactions }));
      expect([offsets(read.records), read.position]).toEqual([[6], 8]);
    },
  );

  it('that were aborted at the end of the log are passed, and nothing but markers is', async () => {
    const abortedTransactions = [{ producerId: '7', firstOffset: '2' }];
    const read = await readFetched(
      fetched([by(A, 2, 3), marker('abort', A, 5)], { offset: 2, abortedTransactions }),
    );
    expect(read.batches).toEqual([{ partition: 0, records: [], firstOffset: 2, lastOffset: 5 }]);
    const markers = await readFetched(
      fetched([marker('commit', A, 5), marker('abort', B, 6)], { offset: 5 }),
    );
    expect(markers.batches).toEqual([{ partition: 0, records: [], firstOffset: 5, lastOffset: 6 }]);
  });

  it('of a producer whose earlier one was aborted are read', async () => {
    const log = [by(A, 0), marker('abort', A, 1), by(A, 2), marker('commit', A, 3), by(A, 4)];
    const read = await readFetched(
      fetched(log, { abortedTransactions: [{ producerId: '7', firstOffset: '0' }] }),
    );
    expect(offsets(read.records)).toEqual([2, 4]);
  });

  it('are not those of a producer without one, though its key looks like a marker', async () => {
    const key = Buffer.from([0, 0, 0, 0]);
    const plain = batch([{ key, value: 'x' }], { producerId: A, baseOffset: 1 });
    const log = [by(A, 0), plain, by(A, 2), marker('abort', A, 3)];
    const read = await readFetched(
      fetched(log, { abortedTransactions: [{ producerId: '7', firstOffset: '0' }] }),
    );
    expect([offsets(read.records), read.position]).toEqual([[1], 4]);
  });
});

describe('what cannot be read', () => {
  const good = batch(text(2, 10), { baseOffset: 10 });

  it.each<[string, Buffer, RegExp]>([
    ['a damaged byte', flipped(batch(text(10)), 70), /checksum/],
    ['an unknown codec', batch(text(10), { codec: 6 }), /codec 6/],
    ['no gzip', batch(text(10), { codec: 1 }), /cannot be unpacked/],
    ['no snappy', batch(text(10), { codec: 2 }), /snappy/],
    ['no LZ4', batch(text(10), { codec: 3 }), /LZ4/],
    ['no Zstandard', batch(text(10), { codec: 4 }), /cannot be unpacked/],
    [
      'a negative count',
      batchOf(Buffer.alloc(0), { count: -1, lastOffsetDelta: 9 }),
      /ends before it begins/,
    ],
    ['an end before its beginning', batch(text(10), { lastOffsetDelta: -3 }), /ends before it begins/],
    ['a future format', sealed(batch(text(10), { magic: 3 })), /format/],
    ['a length without end', batchOf(Buffer.alloc(30, 0x80), { count: 10 }), /more than 5 bytes/],
    [
      'a negative length',
      batchOf(Buffer.concat([varint(-5), Buffer.alloc(9)]), { count: 10 }),
      /negative length/,
    ],
  ])('for %s is one entry with its offsets, and reading goes on behind it', async (_what, bad, message) => {
    let read = await readFetched(fetched([bad, good]));
    if (read.position < 12)
      read = { ...(await readFetched(fetched([good], { offset: 10 }))), unread: read.unread };
    expect(read.unread).toMatchObject([{ from: 0, to: 9, reason: 'undecodable_batch' }]);
    expect(read.unread[0]?.message).toMatch(message);
    expect([offsets(read.records), read.position]).toEqual([[10, 11], 12]);
  });

  const record = recordBytes({ value: 'v', headers: [['a', 'b']] }, 3);
  const three = Buffer.concat(text(3).map(recordBytes));
  it.each<[string, Buffer]>([
    ['a record that is shorter than it says', Buffer.concat([varint(60), Buffer.alloc(60)])],
    ['a record that is longer than it says', Buffer.concat([varint(4), record.subarray(1)])],
    ['a record that leads beyond the end', Buffer.concat([varint(5_000), record.subarray(1)])],
    ['a record of 2 GiB', Buffer.concat([varint(2 ** 31 - 1), record.subarray(1)])],
    ['fewer records than it says', Buffer.alloc(0)],
    ['the offset of the one before', recordBytes({ value: 'v' }, 2)],
    ['an offset behind its last one', recordBytes({ value: 'v' }, 70)],
    ['a negative offset', recordBytes({ value: 'v' }, -1)],
    ['a key beyond the end', body(varint(0), varint(3), varint(9_000))],
    ['a number of headers that is negative', body(varint(0), varint(3), field('k'), field('v'), varint(-1))],
    ['a billion headers', body(varint(0), varint(3), field('k'), field('v'), varint(1_000_000_000))],
    [
      'a header without a name',
      body(varint(0), varint(3), field('k'), field('v'), varint(1), varint(-1), varint(-1)),
    ],
    ['a time of eleven bytes', body(Buffer.alloc(11, 0xff), varint(3), field('k'), field('v'), varint(0))],
  ])('of a batch with %s is its rest; what is before it is read', async (_what, bad) => {
    for (const [codec, pack] of [
      [0, (plain: Buffer) => plain],
      [4, zstdCompressSync],
    ] as const) {
      const bytes = batchOf(Buffer.concat([three, bad]), { count: 10, codec, pack });
      const read = await readFetched(fetched([bytes, good]));
      expect(offsets(read.records)).toEqual([0, 1, 2, 10, 11]);
      expect(read.unread).toMatchObject([{ from: 3, to: 9, reason: 'undecodable_batch' }]);
    }
  });

  it('has no offsets where there are more records than the batch says', async () => {
    const more = batchOf(Buffer.concat(text(5).map(recordBytes)), { count: 3, lastOffsetDelta: 2 });
    const read = await readFetched(fetched(more));
    expect([offsets(read.records), read.unread, read.position]).toEqual([[0, 1, 2], [], 3]);
    const longer = batchOf(Buffer.concat(text(5).map(recordBytes)), { count: 3, lastOffsetDelta: 4 });
    expect((await readFetched(fetched(longer))).unread).toMatchObject([{ from: 3, to: 4 }]);
  });

  it('is only a record where that is too large: those behind it are read', async () => {
    const zeros = 950_000_000;
    const length = Buffer.concat([Buffer.from([0]), varint(0), varint(1), varint(-1), varint(zeros)]);
    const before = Buffer.concat([recordBytes({ value: 'a' }), varint(length.length + zeros + 1), length]);
    const after = Buffer.concat([varint(0), recordBytes({ value: 'b' }, 2)]);
    const bytes = batchOf(zstdZeros(before, zeros, after), { count: 3, codec: 4 });
    expect(bytes.length).toBeLessThan(30_000);
    const read = await readFetched(fetched(bytes));
    expect(values(read.records)).toEqual([
      [0, 'a'],
      [2, 'b'],
    ]);
    expect(read.unread).toMatchObject([{ from: 1, to: 1, reason: 'too_large' }]);
  });

  it('is a record of one byte more than may be, packed or not, and none of as many', async () => {
    for (const codec of [0, 4]) {
      const pack = codec === 0 ? (plain: Buffer) => plain : zstdCompressSync;
      const records = [{ value: 'a' }, { value: 'x'.repeat(300) }, { value: 'b' }];
      const size = recordBytes(records[1] ?? {}, 1).length - 2;
      const exactly = await readFetched(fetched(batch(records, { codec, pack })), size);
      expect([offsets(exactly.records), exactly.unread]).toEqual([[0, 1, 2], []]);
      const less = await readFetched(fetched(batch(records, { codec, pack })), size - 1);
      expect([offsets(less.records), less.unread.map(({ from }) => from)]).toEqual([[0, 2], [1]]);
    }
  });

  it('is what is beyond the gigabyte that a batch may unpack to', async () => {
    const zeros = 1_200_000_000;
    const length = Buffer.concat([Buffer.from([0]), varint(0), varint(0), varint(-1), varint(zeros)]);
    const before = Buffer.concat([varint(length.length + zeros + 1), length]);
    const bytes = batchOf(zstdZeros(before, zeros, varint(0)), { count: 2, codec: 4 });
    const read = await readFetched(fetched(bytes));
    expect(read.unread).toMatchObject([{ from: 0, to: 1, reason: 'undecodable_batch' }]);
    expect(read.position).toBe(2);
  });

  it('ends where it says, though nothing behind it was fetched, and at its first offset where that cannot be', async () => {
    expect((await readFetched(fetched(flipped(batch(text(10)), 70)))).unread).toMatchObject([
      { from: 0, to: 9 },
    ]);
    const lies = flipped(batch(text(10)), 23);
    expect((await readFetched(fetched(lies, { highWatermark: 10 }))).unread).toMatchObject([
      { from: 0, to: 0 },
    ]);
    expect((await readFetched(fetched(Buffer.alloc(40), { offset: 5 }))).unread).toMatchObject([
      { from: 5, to: 5 },
    ]);
  });
});

function flipped(bytes: Buffer, at: number): Buffer {
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x40, at);
  return bytes;
}

function body(...parts: Buffer[]): Buffer {
  const all = Buffer.concat([Buffer.from([0]), ...parts]);
  return Buffer.concat([varint(all.length), all]);
}
