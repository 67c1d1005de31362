import { createRequire } from 'node:module';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seeded } from '../../test/support/seeded.ts';
import { encodeRecord } from './record-encoding.ts';

const encodeAsKafkajs = createRequire(import.meta.url)('kafkajs/src/protocol/recordBatch/record/v0') as (
  record: unknown,
) => { buffer: Buffer };

const field = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const record = fc.record({
  offsetDelta: fc.nat(100_000),
  timestampDelta: fc.integer({ min: -100_000, max: 2 ** 45 }),
  key: fc.option(field),
  value: fc.option(field),
  headers: fc.dictionary(fc.string({ maxLength: 20 }), fc.oneof(field, fc.array(field, { maxLength: 3 }))),
});

it('writes the bytes that kafkajs writes', () => {
  fc.assert(
    fc.property(record, (one) => {
      expect(encodeRecord(one).buffer).toEqual(encodeAsKafkajs(one).buffer);
    }),
    seeded(1_000),
  );
});
