import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Partitioners } from './kafkajs.ts';
import { rememberingPartitioner } from './remembering-partitioner.ts';

type Arguments = Parameters<ReturnType<typeof rememberingPartitioner>>[0];

function record(topic: string, partitions: number, key: Buffer | string | null): Arguments {
  const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
    partitionId,
    leader: 1,
  })) as Arguments['partitionMetadata'];
  return { topic, partitionMetadata, message: { key, value: null } };
}

it("says what kafkajs' default partitioner says, also once a topic has other partitions", () => {
  const asked = fc.record({
    topic: fc.constantFrom('a', 'b'),
    partitions: fc.integer({ min: 1, max: 4 }),
    key: fc.oneof(
      fc.constantFrom('', 'k', 'jdoe', 'ann', '0198c0de-1234-7abc-8def-0123456789ab'),
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
    ),
  });
  fc.assert(
    fc.property(fc.array(asked, { maxLength: 40 }), (all) => {
      const [remembering, plain] = [rememberingPartitioner(), Partitioners.DefaultPartitioner()];
      for (const { topic, partitions, key } of all) {
        const one = record(topic, partitions, key);
        expect(remembering(one)).toBe(plain(one));
      }
    }),
  );
});

it('a key of 8 MB takes no minutes: kafkajs takes four of them for one', () => {
  const before = performance.now();
  rememberingPartitioner()(record('a', 8, Buffer.alloc(8 * 1024 * 1024, 'k')));
  expect(performance.now() - before).toBeLessThan(10_000);
});

it('sends records without a key round in turn', () => {
  const partition = rememberingPartitioner();
  const four = Array.from({ length: 4 }, () => partition(record('a', 2, null)));
  expect(new Set(four)).toEqual(new Set([0, 1]));
});
