import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { groupByPartition } from './patches/group-by-partition.ts';
import { CompressionTypes } from './kafkajs.ts';
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
  const compressed = requestOf({ ...REQUEST, compression: CompressionTypes.GZIP });
  expect(await compressed.encode()).not.toBeInstanceOf(RequestBytes);
});

it('groups records its own way', () => {
  expect(require('kafkajs/src/producer/groupMessagesPerPartition')).toBe(groupByPartition);
});
