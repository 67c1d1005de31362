/** Batches as the code of the Java client writes them, in each format and codec (test/support/JavaBatches.java). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fetched, readFetched } from '../../../test/support/read-fetched.ts';

const FILE = new URL('../../../test/support/java-batches.json', import.meta.url);
const BATCHES = Object.entries(JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, string>).map(
  ([name, base64]): [string, Buffer] => [name, Buffer.from(base64, 'base64')],
);
const OF_RECORDS = BATCHES.filter(([name]) => name.startsWith('format'));
const [ABORT = Buffer.alloc(0), COMMIT = Buffer.alloc(0)] = ['abort', 'commit'].map(
  (name) => BATCHES.find(([one]) => one === name)?.[1],
);
const COUNT = 40;

function timeIn(name: string, index: number): number {
  if (name.startsWith('format 0')) return -1;
  return name.endsWith('time of the broker') ? 1_764_000_000_777 : 1_764_000_000_000 + index;
}

describe.each(OF_RECORDS)('%s', (name, bytes) => {
  it('is read as it was written', async () => {
    const { records, unread, position } = await readFetched(fetched(bytes, { offset: 100 }));
    expect(unread).toEqual([]);
    expect(position).toBe(100 + COUNT);
    expect(records).toHaveLength(COUNT);
    for (const [index, { offset, timestamp, key, value, headers }] of records.entries()) {
      expect(offset).toBe(100 + index);
      expect(timestamp).toBe(timeIn(name, index));
      expect(key?.toString()).toBe(index % 3 === 0 ? undefined : `key-${index}`);
      const text = `{"number":${index},"text":"${'é'.repeat(index)}"}`;
      expect(value?.toString()).toBe(index % 5 === 0 ? undefined : text);
      const written = [['x-a', Buffer.from('1')], ['x-a', null], ['', Buffer.alloc(0)]]; // prettier-ignore
      expect([...headers]).toEqual(name.startsWith('format 2') ? written : []);
    }
  });

  it('is read from the middle, and as a part of more', async () => {
    const { records } = await readFetched(fetched([bytes, COMMIT], { offset: 133 }));
    expect(records.map(({ offset }) => offset)).toEqual([133, 134, 135, 136, 137, 138, 139]);
  });
});

/** Of the others no checksum covers the offsets in the middle. */
const ALL_IN_ONE = OF_RECORDS.filter(([name]) => !/format [01], none/.test(name));

describe.each(ALL_IN_ONE)('%s', (_name, bytes) => {
  it('is one entry, or a few, where a byte was damaged, and never stops what is behind it', async () => {
    for (let at = 12; at < bytes.length; at += 7) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(at) ^ 0x21, at);
      let offset = 100;
      for (let fetches = 0; offset < 151 && fetches < 60; fetches += 1)
        ({ position: offset } = await readFetched(
          fetched([damaged, COMMIT], { offset, highWatermark: 151 }),
        ));
      expect(offset).toBe(151);
    }
  });
});

it('the markers of its transactions are told apart', async () => {
  const abortedTransactions = [{ producerId: '4711', firstOffset: '100' }];
  for (const marker of [ABORT, COMMIT]) {
    const read = await readFetched(fetched(marker, { offset: 150, abortedTransactions }));
    expect(read.batches).toEqual([{ partition: 0, records: [], firstOffset: 150, lastOffset: 150 }]);
  }
});
