import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seeded } from '../../test/support/seeded.ts';
import { RequestBytes } from './patches/request-bytes.ts';
import { ByteReader } from './fetched/byte-reader.ts';
import { RecordHeaders, type Header } from './record-headers.ts';

const name = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 90 }),
  fc.constantFrom('', '__proto__', 'constructor'),
);
const value = fc.option(fc.uint8Array({ maxLength: 90 }).map((bytes) => Buffer.from(bytes)));
const list: fc.Arbitrary<Header[]> = fc.array(fc.tuple(name, value), { maxLength: 80 });

it('are the list that they were made of, in order, and stay so when others follow', () => {
  fc.assert(
    fc.property(list, list, (some, others) => {
      const headers = RecordHeaders.of(some);
      expect([...headers]).toEqual(some);
      expect([...headers.followedBy(RecordHeaders.of(others))]).toEqual([...some, ...others]);
    }),
    seeded(200),
  );
});

it('are those whose name is kept, in order', () => {
  fc.assert(
    fc.property(list, fc.integer({ min: 0, max: 40 }), (some, most) => {
      const kept = (of: string): boolean => of.length <= most;
      const headers = RecordHeaders.of(some).only(kept);
      expect([...headers]).toEqual(some.filter(([of]) => kept(of)));
      expect(headers.count).toBe([...headers].length);
    }),
    seeded(200),
  );
});

it('of a record with 300,000 are chosen in little more than it takes to read them: sending it back took 0.25 s', () => {
  const cpuMs = (work: () => unknown): number => {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  };
  const headers = RecordHeaders.of(Array.from({ length: 300_000 }, () => ['', null] as const));
  const read = (): number => [...headers].length;
  expect(cpuMs(() => headers.only(() => true))).toBeLessThan(50 + 2 * cpuMs(read));
});

it('are written to a record as they are read from one', () => {
  fc.assert(
    fc.property(list, (some) => {
      const bytes = new RequestBytes();
      bytes.batch(
        [{ key: null, value: 'v', headers: RecordHeaders.of(some) }],
        { id: -1n, epoch: 0, firstSequence: 0 },
        0n,
      );
      const reader = new ByteReader(bytes.buffer.subarray(61));
      reader.varint(); // its length
      reader.skip(1); // attributes
      reader.varlong();
      reader.varint();
      reader.field();
      reader.field();
      expect([...RecordHeaders.at(reader)]).toEqual(some);
      expect(reader.at).toBe(reader.end);
    }),
    seeded(200),
  );
});

it('are visited by the length of their names, in order', () => {
  const headers = RecordHeaders.of([['ab', '1'], ['abc', '2'], ['é', null], ['x', '3']]); // prettier-ignore
  const found: [string, string | undefined][] = [];
  headers.visit(new Set([2]), (one, bytes) => found.push([one, bytes?.toString()]));
  expect(found).toEqual([['ab', '1'], ['é', undefined]]); // prettier-ignore
});
