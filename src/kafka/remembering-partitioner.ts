/**
 * Says what kafkajs' default partitioner says, but quickly: with a hash of ours, and what it said of a text is remembered,
 * as there are few webhooks and many results of each (docs/decisions/0012).
 */
import type { ICustomPartitioner } from 'kafkajs';
import { Partitioners } from './kafkajs.ts';
import { murmur2 } from './murmur2.ts';

/** Keys of a topic. */
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

/** The hash without its sign: without the first bit, that is, as the Java client takes it. */
function partitionOf(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitions;
}

interface Remembered {
  /** How many the topic had. */
  readonly partitions: number;
  readonly ofKeys: Map<string, number>;
}
