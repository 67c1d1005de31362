/**
 * Chooses the same partitions as kafkajs' default partitioner, but faster. It uses `murmur2.ts`, and remembers the partition
 * of a text: there are few webhooks, and many results of each (docs/decisions/0012).
 */
import type { ICustomPartitioner } from 'kafkajs';
import { Partitioners } from './kafkajs.ts';
import { murmur2 } from './murmur2.ts';

/** How many keys of a topic are remembered. */
const MAX_REMEMBERED = 10_000;

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

interface Remembered {
  /** How many partitions the topic had. */
  readonly partitions: number;
  readonly ofKeys: Map<string, number>;
}
