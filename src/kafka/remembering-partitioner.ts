/**
 * kafkajs' default partitioner, but what it said of a key is remembered: it hashes with big integers, 2.5 µs for the
 * id of a webhook, and there are few webhooks and many results of each.
 */
import type { ICustomPartitioner } from 'kafkajs';
import { Partitioners } from './kafkajs.ts';

const MAX_REMEMBERED = 10_000;

export const rememberingPartitioner: ICustomPartitioner = () => {
  const partitionOf = Partitioners.DefaultPartitioner();
  const remembered = new Map<string, number>();
  return (record) => {
    const { topic, partitionMetadata, message } = record;
    // Without a key records go round in turn.
    if (typeof message.key !== 'string') return partitionOf(record);
    const place = `${topic} ${partitionMetadata.length} ${message.key}`;
    let partition = remembered.get(place);
    if (partition === undefined) {
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      partition = partitionOf(record);
      remembered.set(place, partition);
    }
    return partition;
  };
};
