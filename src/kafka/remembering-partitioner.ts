/**
 * kafkajs' default partitioner, but what it said of a key is remembered: it hashes with big integers, 2.5 µs for the
 * id of a webhook, and there are few webhooks and many results of each (docs/decisions/0012).
 */
import type { ICustomPartitioner } from 'kafkajs';
import { Partitioners } from './kafkajs.ts';

/** Keys of a topic. */
const MAX_REMEMBERED = 10_000;

export const rememberingPartitioner: ICustomPartitioner = () => {
  const partitionOf = Partitioners.DefaultPartitioner();
  const ofTopics = new Map<string, Remembered>();
  return (record) => {
    const { topic, partitionMetadata, message } = record;
    // Without a key records go round in turn.
    if (typeof message.key !== 'string') return partitionOf(record);
    let known = ofTopics.get(topic);
    if (known?.partitions !== partitionMetadata.length) {
      known = { partitions: partitionMetadata.length, ofKeys: new Map() };
      ofTopics.set(topic, known);
    }
    let partition = known.ofKeys.get(message.key);
    if (partition === undefined) {
      if (known.ofKeys.size >= MAX_REMEMBERED) known.ofKeys.clear();
      partition = partitionOf(record);
      known.ofKeys.set(message.key, partition);
    }
    return partition;
  };
};

interface Remembered {
  /** How many the topic had. */
  readonly partitions: number;
  readonly ofKeys: Map<string, number>;
}
