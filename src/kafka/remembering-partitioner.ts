/**
 * Chooses the same partitions as kafkajs' default partitioner, but faster (docs/decisions/0012). It remembers the partition of
 * a text: there are few webhooks, and many results of each. It also computes the hash of a key much faster.
 */
import type { ICustomPartitioner } from 'kafkajs';
import { Partitioners } from './kafkajs.ts';

/** How many keys of a topic are remembered. */
const MAX_REMEMBERED = 10_000;
/** Of 32-bit MurmurHash2. */
const SEED = 0x9747b28c;
const FACTOR = 0x5bd1e995;

export const rememberingPartitioner: ICustomPartitioner = () => {
  const inTurn = Partitioners.DefaultPartitioner();
  const ofTopics = new Map<string, Remembered>();
  return (record) => {
    const { topic, partitionMetadata, message } = record;
    const partitions = partitionMetadata.length;
    if (typeof message.partition === 'number') return message.partition;
    if (message.key === null || message.key === undefined) return inTurn(record);
    if (typeof message.key !== 'string') return partitionOf(message.key, partitions);
    let known = ofTopics.get(topic);
    if (known?.partitions !== partitions) {
      known = { partitions, ofKeys: new Map() };
      ofTopics.set(topic, known);
    }
    let partition = known.ofKeys.get(message.key);
    if (partition === undefined) {
      if (known.ofKeys.size >= MAX_REMEMBERED) known.ofKeys.clear();
      partition = partitionOf(Buffer.from(message.key), partitions);
      known.ofKeys.set(message.key, partition);
    }
    return partition;
  };
};

/** The hash without its first bit, as in the Java client. */
function partitionOf(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitions;
}

/**
 * 32-bit MurmurHash2, the hash with which the Java client and kafkajs choose the partition of a key.
 *
 * kafkajs computes it with integers that grow with the key. A key of 100 KB takes half a second there, and a key of 1 MB
 * four minutes. The whole process stands still meanwhile.
 *
 * @returns a signed number of 32 bits.
 */
function murmur2(key: Buffer): number {
  const { length } = key;
  const wholeWords = length - (length % 4);
  let hash = SEED ^ length;
  for (let at = 0; at < wholeWords; at += 4) {
    const word = Math.imul(key.readInt32LE(at), FACTOR);
    hash = Math.imul(hash, FACTOR) ^ Math.imul(word ^ (word >>> 24), FACTOR);
  }
  if (wholeWords < length) {
    hash ^= key.readUIntLE(wholeWords, length - wholeWords);
    hash = Math.imul(hash, FACTOR);
  }
  hash = Math.imul(hash ^ (hash >>> 13), FACTOR);
  return hash ^ (hash >>> 15);
}

interface Remembered {
  /** How many partitions the topic had. */
  readonly partitions: number;
  readonly ofKeys: Map<string, number>;
}
