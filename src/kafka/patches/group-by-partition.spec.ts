import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { groupByPartition, type Grouping } from './group-by-partition.ts';

const groupAsKafkajs = createRequire(import.meta.url)(
  'kafkajs/src/producer/groupMessagesPerPartition',
) as typeof groupByPartition;

it('groups as kafkajs does, each partition in the order of its records', () => {
  const grouping: Grouping<{ key: string; number: number }> = {
    topic: 'results',
    partitionMetadata: [{}, {}, {}],
    messages: Array.from({ length: 50 }, (_, number) => ({ key: 'abc'.charAt(number % 3), number })),
    partitioner: ({ topic, partitionMetadata, message }) =>
      topic === 'results' && message.key === 'c' ? partitionMetadata.length - 1 : 0,
  };
  const grouped = groupByPartition(grouping);
  expect(grouped).toEqual(groupAsKafkajs(grouping));
  expect(Object.keys(grouped)).toEqual(['0', '2']);
});
