/**
 * kafkajs with its patches, for the whole process (docs/decisions/0008). Import kafkajs from here, except for its types:
 * some patches must be made before the rest of kafkajs is loaded.
 */
import { createRequire } from 'node:module';
import type * as Kafkajs from 'kafkajs';
import { followCoordinator } from './patches/coordinator-moves.ts';
import { commitRealOffsets } from './patches/default-offset.ts';
import { FetchedBatch, takeRecords } from './patches/fetch-decoding.ts';
import { useFreshConnections } from './patches/fresh-connection.ts';
import { groupByPartition } from './patches/group-by-partition.ts';
import { sendAnew, type MakeSend } from './patches/send-anew.ts';
import { endSilentConnections } from './patches/silent-connection.ts';
import { encodeProduce, isPlain, type ProduceRequest } from './patches/produce-encoding.ts';

interface Request {
  encode(): Promise<unknown>;
}

const require = createRequire(import.meta.url);

/** @param change gets what the module exports, and returns what it must export instead. */
function replace<T>(module: string, change: (exported: T) => T): void {
  const path = require.resolve(`kafkajs/src/${module}`);
  const exported = require(path) as T;
  const loaded = require.cache[path];
  if (loaded) loaded.exports = change(exported);
}

replace('producer/groupMessagesPerPartition', () => groupByPartition);
replace<MakeSend>('producer/sendMessages', sendAnew);
replace<(request: ProduceRequest) => Request>(
  'protocol/requests/produce/v3/request',
  (requestOfKafkajs) => (request) => {
    const made = requestOfKafkajs(request);
    return isPlain(request)
      ? { ...made, encode: () => Promise.resolve(encodeProduce(request, Date.now())) }
      : made;
  },
);
replace('protocol/requests/fetch/v4/decodeMessages', () => takeRecords);
replace('protocol/messageSet/decoder', () => takeRecords);
replace('consumer/batch', () => FetchedBatch);
useFreshConnections();
endSilentConnections();
followCoordinator();
commitRealOffsets();

export const {
  CompressionCodecs,
  CompressionTypes,
  ConfigResourceTypes,
  Kafka,
  KafkaJSError,
  KafkaJSNonRetriableError,
  KafkaJSProtocolError,
  logLevel,
  Partitioners,
} = require('kafkajs') as typeof Kafkajs;
export type Kafka = InstanceType<typeof Kafka>;
