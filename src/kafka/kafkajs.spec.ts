import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { groupByPartition } from './patches/group-by-partition.ts';
import { CompressionTypes } from './kafkajs.ts';
import { FetchedBatch } from './patches/fetch-decoding.ts';
import type { ProduceRequest } from './patches/produce-encoding.ts';
import { RequestBytes } from './patches/request-bytes.ts';

const require = createRequire(import.meta.url);

const REQUEST: ProduceRequest = {
  acks: -1,
  timeout: 30_000,
  topicData: [{ topic: 't', partitions: [{ partition: 0, messages: [{ value: 'v' }] }] }],
};

// Version 7 is what kafkajs and a broker of today agree on; it is made of version 3.
it.each([3, 7])('writes produce requests of version %i its own way', async (version) => {
  const requestOf = require(`kafkajs/src/protocol/requests/produce/v${version}/request`) as (
    request: ProduceRequest,
  ) => { apiVersion: number; encode(): Promise<unknown> };
  const plain = requestOf(REQUEST);
  expect(plain.apiVersion).toBe(version);
  expect(await plain.encode()).toBeInstanceOf(RequestBytes);
  const packed = requestOf({ ...REQUEST, compression: CompressionTypes.GZIP });
  expect(await packed.encode()).toBeInstanceOf(RequestBytes);
  const transactional = requestOf({ ...REQUEST, transactionalId: 't', producerId: '1' });
  expect(await transactional.encode()).not.toBeInstanceOf(RequestBytes);
});

it('groups records its own way', () => {
  expect(require('kafkajs/src/producer/groupMessagesPerPartition')).toBe(groupByPartition);
});

// Version 11 is what kafkajs and a broker of today agree on; 0 and 3 have the messages of old brokers.
it.each([0, 3, 4, 11])(
  'leaves what a fetch of version %i brought as the bytes that came',
  async (version) => {
    const { decode } = require(`kafkajs/src/protocol/requests/fetch/v${version}/response`) as {
      decode: (answer: Buffer) => Promise<{ responses: { partitions: { messages: Buffer }[] }[] }>;
    };
    const parts = [
      ...(version > 0 ? [Buffer.alloc(4)] : []), // throttle time
      ...(version >= 7 ? [Buffer.alloc(6)] : []), // error, session
      Buffer.from([0, 0, 0, 1, 0, 1, 0x74, 0, 0, 0, 1]), // one topic, "t", with one partition
      Buffer.alloc(14), // number, error, high watermark
      ...(version >= 4 ? [Buffer.alloc(8)] : []), // last stable offset
      ...(version >= 5 ? [Buffer.alloc(8)] : []), // beginning of the log
      ...(version >= 4 ? [Buffer.alloc(4)] : []), // no aborted transactions
      ...(version >= 11 ? [Buffer.alloc(4)] : []), // preferred replica
      Buffer.from([0, 0, 0, 3, 1, 2, 3]),
    ];
    const answer = await decode(Buffer.concat(parts));
    expect(answer.responses[0]?.partitions[0]?.messages).toEqual(Buffer.from([1, 2, 3]));
  },
);

it('makes batches of kafkajs of what was fetched, and no records of it', () => {
  expect(require('kafkajs/src/consumer/batch')).toBe(FetchedBatch);
});
