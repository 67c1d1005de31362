import { zstdCompressSync } from 'node:zlib';
import { expect, it, vi } from 'vitest';
import { batch, batchOf, recordBytes } from '../../test/support/log-batch.ts';
import { fetched, MAX_RECORD_BYTES } from '../../test/support/read-fetched.ts';
import { FetchHandOver, type Taker } from './fetch-hand-over.ts';
import { PartitionReader, type Fetched } from './fetched/partition-reader.ts';
import type { RecordBatch } from './log-record.ts';

/** Takes what it is given, and has enough when the test says so. */
function taker(enough = false) {
  const taken: RecordBatch[] = [];
  const state = {
    enough,
    taken,
    take: vi.fn<Taker['take']>((one) => {
      taken.push(one);
      return Promise.resolve(true);
    }),
    hasEnough: () => state.enough,
    /** Where kafkajs would fetch next. */
    get position(): number {
      return (taken.at(-1)?.lastOffset ?? -1) + 1;
    },
    get offsets(): number[] {
      return taken.flatMap(({ records }) => records.map(({ offset }) => offset));
    },
  };
  return state;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** So many records of a megabyte in one small batch. */
function megabytes(count: number): Buffer {
  const records = upTo(count).map((index) => recordBytes({ value: Buffer.alloc(1_000_000, ' ') }, index));
  return batchOf(Buffer.concat(records), { codec: 4, count, pack: zstdCompressSync });
}

function small(count: number): Buffer {
  return batch(
    upTo(count).map(() => ({ value: 'v' })),
    { codec: 4, pack: zstdCompressSync },
  );
}

it('hands over all of an ordinary fetch, and its end where nothing is in it', async () => {
  const handOver = new FetchHandOver(MAX_RECORD_BYTES);
  const some = taker();
  await handOver.handOver(fetched([small(300), batch([], { baseOffset: 300, lastOffsetDelta: 4 })]), some);
  expect([some.offsets, some.position]).toEqual([upTo(300), 305]);
  const none = taker();
  await handOver.handOver(fetched(batch([], { lastOffsetDelta: 4 })), none);
  expect(none.taken).toEqual([{ partition: 0, records: [], firstOffset: 0, lastOffset: 4 }]);
  const nothing = taker();
  await handOver.handOver(fetched(Buffer.alloc(0)), nothing);
  expect(nothing.take).not.toHaveBeenCalled();
});

it('hands over a little even when there is enough, and then no more: else it would be fetched over and over', async () => {
  const some = taker(true);
  await new FetchHandOver(MAX_RECORD_BYTES).handOver(fetched(small(20_000)), some);
  expect(some.offsets).toEqual(upTo(4_000));
});

it('goes on where it ended when the same is fetched again, and unpacks nothing twice', async () => {
  const handOver = new FetchHandOver(MAX_RECORD_BYTES);
  const bytes = megabytes(12);
  const made = vi.spyOn(PartitionReader.prototype, 'continues');
  const some = taker(true);
  while (some.position < 12) {
    const { position } = some;
    await handOver.handOver(fetched(Buffer.from(bytes), { offset: position }), some);
    expect(some.position - position).toBeLessThanOrEqual(3);
  }
  expect(some.offsets).toEqual(upTo(12));
  expect(made.mock.results.map(({ value }) => value as boolean)).not.toContain(false);
  made.mockRestore();
});

it.each<[string, (whole: Buffer, position: number) => Partial<Fetched> & { bytes: Buffer }]>([
  ['from another offset', (bytes) => ({ bytes, offset: 1 })],
  ['from another log', (_bytes, position) => ({ bytes: megabytes(13), offset: position })],
])('begins anew when it is fetched %s', async (_what, other) => {
  const handOver = new FetchHandOver(MAX_RECORD_BYTES);
  const bytes = megabytes(12);
  const first = taker(true);
  await handOver.handOver(fetched(bytes), first);
  // How far it comes is a matter of time, too.
  expect(first.position).toBeGreaterThan(1);
  expect(first.position).toBeLessThan(12);
  const { bytes: again, offset = 0 } = other(bytes, first.position);
  const some = taker();
  await handOver.handOver(fetched(again, { offset }), some);
  expect(some.offsets[0]).toBe(offset);
});

it('keeps what it unpacks of a few partitions only, and reads the others all the same', async () => {
  const handOver = new FetchHandOver(MAX_RECORD_BYTES);
  const bytes = megabytes(4);
  const takers = upTo(20).map(() => taker(true));
  for (let round = 0; round < 3; round += 1)
    for (const [partition, some] of takers.entries())
      if (some.position < 4)
        await handOver.handOver(fetched(bytes, { partition, offset: some.position }), some);
  for (const { offsets } of takers) expect(offsets).toEqual(upTo(4));
});

it('ends when it is told to, or when what takes it fails, and what was not taken comes again', async () => {
  const handOver = new FetchHandOver(MAX_RECORD_BYTES);
  const bytes = megabytes(6);
  const some = taker();
  some.take.mockImplementationOnce(() => Promise.reject(new Error('rebalancing')));
  await expect(handOver.handOver(fetched(bytes), some)).rejects.toThrow('rebalancing');
  some.take.mockImplementationOnce(() => Promise.resolve(false));
  await handOver.handOver(fetched(bytes), some);
  expect(some.taken).toEqual([]);
  handOver.forget();
  await handOver.handOver(fetched(bytes), some);
  expect(some.offsets).toEqual(upTo(6));
});

it('lets timers and sockets have their turn between portions', async () => {
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 0);
  const some = taker();
  await new FetchHandOver(MAX_RECORD_BYTES).handOver(fetched(small(100_000)), some);
  clearInterval(timer);
  expect(some.taken.length).toBeGreaterThan(10);
  expect(turns).toBeGreaterThan(0);
});
