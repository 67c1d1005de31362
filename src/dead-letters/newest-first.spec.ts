import fc from 'fast-check';
import { expect, it } from 'vitest';
import { logRecord } from '../../test/support/log-record.ts';
import { seeded } from '../../test/support/seeded.ts';
import { OffsetGone } from '../kafka/log-faults.ts';
import type { LogReader } from '../kafka/log-reader.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { newestFirst, type Page } from './newest-first.ts';

type Log = Pick<LogReader, 'read'>;

/** By partition, its records; reads a few at a time, from whatever offset. */
function logOf(partitions: readonly (readonly LogRecord[])[], portion = 7, begins = 0) {
  const state = { reads: 0 };
  const read: Log['read'] = (partition, offset) => {
    state.reads += 1;
    const all = partitions[partition] ?? [];
    const end = (all.at(-1)?.offset ?? -1) + 1;
    if (offset < begins || offset > end)
      return Promise.reject(new OffsetGone('t', partition, offset, begins, end));
    const records = all.filter((record) => record.offset >= offset).slice(0, portion);
    const last = records.at(-1);
    return Promise.resolve(
      last ? { partition, records, firstOffset: offset, lastOffset: last.offset } : null,
    );
  };
  return { read, state };
}

const record = (offset: number, timestamp: number, size = 10): LogRecord =>
  logRecord({ offset, timestamp, size });
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** All pages, one after the other. */
async function pages(
  log: Log,
  ends: readonly number[],
  { limit = 5, wanted }: { limit?: number; wanted?: (record: LogRecord) => boolean } = {},
): Promise<Page<string>[]> {
  const all: Page<string>[] = [];
  let rest = new Map(ends.map((end, partition) => [partition, end]));
  while (rest.size > 0) {
    const stretches = new Map([...rest].map(([partition, before]) => [partition, { from: 0, before }]));
    const pick = (partition: number, one: LogRecord): string | null =>
      (wanted?.(one) ?? true) ? `${partition}/${one.offset}` : null;
    const page = await newestFirst(log, { stretches, limit, pick });
    all.push(page);
    rest = page.rest;
    if (all.length > 1_000) throw new Error('it comes no further');
  }
  return all;
}

it('pages neither repeat nor skip a record, whatever the times, gaps and sizes', async () => {
  const partition = fc
    .array(fc.record({ gap: fc.nat(5), time: fc.nat(50), size: fc.constantFrom(10, 20 * 1024 * 1024) }), {
      maxLength: 60,
    })
    .map((records) => {
      let offset = -1;
      return records.map(({ gap, time, size }) => record((offset += gap + 1), time, size));
    });
  await fc.assert(
    fc.asyncProperty(
      fc.array(partition, { maxLength: 4 }),
      fc.integer({ min: 1, max: 9 }),
      async (partitions, limit) => {
        const ends = partitions.map((records) => (records.at(-1)?.offset ?? -1) + 1);
        const all = await pages(logOf(partitions), ends, { limit });
        const found = all.flatMap((page) => page.found);
        const expected = partitions.flatMap((records, at) => records.map(({ offset }) => `${at}/${offset}`));
        expect(found.toSorted()).toEqual(expected.toSorted());
        for (const [at, records] of partitions.entries()) {
          const own = found.filter((place) => place.startsWith(`${at}/`));
          expect(own).toEqual(records.map(({ offset }) => `${at}/${offset}`).reverse());
        }
      },
    ),
    seeded(200),
  );
});

it('has the newest of all partitions first', async () => {
  const partitions = [0, 1, 2].map((at) => upTo(40).map((offset) => record(offset, 3 * offset + at)));
  const [first, ...more] = await pages(logOf(partitions), [40, 40, 40]);
  expect(first?.found).toEqual(['2/39', '1/39', '0/39', '2/38', '1/38']);
  expect(more.at(-1)?.found).toEqual(['1/1', '0/1', '2/0', '1/0', '0/0']);
});

it('reads only so much for a page, and says where to go on, also when nothing was found', async () => {
  const records = upTo(50_000).map((offset) => record(offset, offset));
  const log = logOf([records], 1_000);
  const all = await pages(log, [50_000], { wanted: ({ offset }) => offset === 3 });
  expect(all.length).toBeGreaterThan(1);
  expect(all.flatMap(({ found }) => found)).toEqual(['0/3']);
  expect(all[0]?.found).toEqual([]);
  expect(all[0]?.rest.get(0)).toBeGreaterThan(20_000);
});

it('what the log loses meanwhile is passed over', async () => {
  const records = upTo(100).map((offset) => record(offset, offset));
  const all = await pages(logOf([records.slice(60)], 7, 60), [100], { limit: 100 });
  expect(all.flatMap(({ found }) => found)).toHaveLength(40);
  const anew = await pages(logOf([records.slice(0, 10)]), [100], { limit: 100 });
  expect(anew.flatMap(({ found }) => found)).toHaveLength(10);
});
