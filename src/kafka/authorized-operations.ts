/**
 * Asks the brokers which operations on topics and groups they allow this client (KIP-430). So a missing right is known
 * before there is anything to read or write.
 *
 * kafkajs has only older versions of these two requests. So they are written here, and sent over its connections.
 */
import { createRequire } from 'node:module';
import type { Kafka } from 'kafkajs';
import { createCluster, type Broker, type Cluster, type Exchange } from './cluster.ts';

const METADATA = { apiKey: 3, apiVersion: 8, apiName: 'Metadata' };
const DESCRIBE_GROUPS = { apiKey: 15, apiVersion: 3, apiName: 'DescribeGroups' };
/** The brokers' value for "not told". */
const NOT_TOLD = -2_147_483_648;

/** Codes of the protocol. */
const BIT = { READ: 3, WRITE: 4 } as const;
const DENIED_CODES = new Set([29, 30]);

/** Null: not known, because the broker is older than 2.3 or the topic does not exist. */
export type Allowed = ReadonlySet<keyof typeof BIT> | null;

interface Encoder {
  writeInt32(value: number): Encoder;
  writeBoolean(value: boolean): Encoder;
  writeArray(values: readonly string[]): Encoder;
}

interface Decoder {
  readInt16(): number;
  readInt32(): number;
  readString(): string | null;
  readBoolean(): boolean;
  readBytes(): Buffer | null;
  readArray<Item>(read: (decoder: Decoder) => Item): Item[];
}

const require = createRequire(import.meta.url);
const ProtocolEncoder = require('kafkajs/src/protocol/encoder') as new () => Encoder;
const ProtocolDecoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => Decoder;

export async function authorizedOperations(
  kafka: Kafka,
  topics: readonly string[],
  groups: readonly string[],
): Promise<{ topics: Map<string, Allowed>; groups: Map<string, Allowed> }> {
  const cluster = createCluster(kafka);
  await cluster.connect();
  try {
    await cluster.refreshMetadata();
    const ofGroups = new Map<string, Allowed>();
    for (const group of groups) ofGroups.set(group, await ofGroup(cluster, group));
    return { topics: await ofTopics(cluster, topics), groups: ofGroups };
  } finally {
    await cluster.disconnect();
  }
}

async function ofTopics(cluster: Cluster, topics: readonly string[]): Promise<Map<string, Allowed>> {
  const broker = await cluster.findControllerBroker();
  if (!speaks(broker, METADATA)) return new Map();
  const encode = (): Encoder =>
    new ProtocolEncoder().writeArray(topics).writeBoolean(false).writeBoolean(false).writeBoolean(true);
  return new Map(await broker.connectionPool.send(exchange(METADATA, encode, readMetadata)));
}

async function ofGroup(cluster: Cluster, group: string): Promise<Allowed> {
  try {
    // It asks the broker directly, because the cluster hides why it finds no coordinator.
    const broker = await cluster.findControllerBroker();
    await broker.findGroupCoordinator({ groupId: group });
  } catch (error) {
    // A client that may not see the group does not learn its coordinator either.
    if (isDenied(error)) return new Set();
    // A new cluster has no coordinator yet. The call below waits for it.
  }
  const coordinator = await cluster.findGroupCoordinator({ groupId: group });
  if (!speaks(coordinator, DESCRIBE_GROUPS)) return null;
  const encode = (): Encoder => new ProtocolEncoder().writeArray([group]).writeBoolean(true);
  const [allowed] = await coordinator.connectionPool.send(exchange(DESCRIBE_GROUPS, encode, readGroups));
  return allowed ?? null;
}

function readMetadata(decoder: Decoder): [string, Allowed][] {
  decoder.readInt32(); // throttle time
  decoder.readArray(skip('readInt32', 'readString', 'readInt32', 'readString')); // brokers
  decoder.readString(); // cluster
  decoder.readInt32(); // controller
  return decoder.readArray((topic) => {
    const code = topic.readInt16();
    const name = topic.readString() ?? '';
    topic.readBoolean(); // internal
    topic.readArray((partition) => {
      skip('readInt16', 'readInt32', 'readInt32', 'readInt32')(partition); // code, id, leader, epoch
      for (let lists = 3; lists > 0; lists -= 1) partition.readArray(skip('readInt32')); // replicas: all, in sync, offline
    });
    return [name, allowedBy(code, topic.readInt32())] as [string, Allowed];
  });
}

function readGroups(decoder: Decoder): Allowed[] {
  decoder.readInt32(); // throttle time
  return decoder.readArray((group) => {
    const code = group.readInt16();
    skip('readString', 'readString', 'readString', 'readString')(group); // id, state, protocol type, protocol
    // id, client, host, metadata, assignment
    group.readArray(skip('readString', 'readString', 'readString', 'readBytes', 'readBytes'));
    return allowedBy(code, group.readInt32());
  });
}

function skip(
  ...fields: ('readInt16' | 'readInt32' | 'readString' | 'readBytes')[]
): (decoder: Decoder) => void {
  return (decoder) => {
    for (const read of fields) decoder[read]();
  };
}

function allowedBy(code: number, operations: number): Allowed {
  if (DENIED_CODES.has(code)) return new Set();
  if (code !== 0 || operations === NOT_TOLD) return null;
  const names = Object.keys(BIT) as (keyof typeof BIT)[];
  return new Set(names.filter((name) => (operations & (1 << BIT[name])) !== 0));
}

function exchange<Answer>(
  api: typeof METADATA,
  encode: () => Encoder,
  read: (decoder: Decoder) => Answer,
): Exchange<Answer> {
  return {
    request: { ...api, encode: () => Promise.resolve(encode()) },
    response: {
      decode: (bytes) => Promise.resolve(read(new ProtocolDecoder(bytes))),
      parse: (answer) => Promise.resolve(answer),
    },
  };
}

function speaks(broker: Broker, api: typeof METADATA): boolean {
  return (broker.versions[api.apiKey]?.maxVersion ?? 0) >= api.apiVersion;
}

function isDenied(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('type' in error && error.type === 'GROUP_AUTHORIZATION_FAILED') || isDenied(error.cause);
}
