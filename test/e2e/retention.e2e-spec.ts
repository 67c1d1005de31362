/** What retention deletes before it is read: reading goes on behind it, and what is committed is true. */
import type { Admin } from 'kafkajs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

let stage: Stage;
let admin: Admin;

beforeAll(async () => {
  stage = await Stage.set();
  admin = stage.topics.kafka.admin();
  await admin.connect();
});

afterAll(async () => {
  await admin.disconnect();
  await stage.strike();
});

/** As the broker has it: −1 for nothing. */
async function committed(partition: number): Promise<string | undefined> {
  const { group: groupId, events } = stage.topics;
  const [topic] = await admin.fetchOffsets({ groupId, topics: [events] });
  return topic?.partitions.find((one) => one.partition === partition)?.offset;
}

const produce = (partition: number, count: number): Promise<unknown> =>
  stage.topics.write(
    Array.from({ length: count }, (_, index) => {
      const event = userEvent(`user-${index}`);
      return { partition, key: `user-${index}`, value: JSON.stringify(event) };
    }),
  );

it('a partition that retention emptied while it was behind: −2 was committed until its next record', async () => {
  const first = await stage.startService();
  await first.createWebhook({ url: stage.receiver.url('/hook') });
  await produce(0, 3);
  await produce(1, 3);
  await eventually(async () => {
    expect([await committed(0), await committed(1)]).toEqual(['3', '3']);
  });
  await first.stop();
  await produce(0, 4);
  await produce(1, 4);
  await stage.topics.forget(0, -1);
  await stage.topics.forget(1, 5);

  const service = await stage.startService();
  await eventually(async () => {
    // All was deleted of the one; two records are left of the other.
    expect([await committed(0), await committed(1)]).toEqual(['7', '7']);
  });
  expect(stage.receiver.of('/hook')).toHaveLength(8);
  await eventually(async () => {
    const { data } = await service.rest().get<{ partitions: { lag: number }[] }>('/lag');
    expect(data.partitions.slice(0, 2).map(({ lag }) => lag)).toEqual([0, 0]);
  });
  await produce(0, 1);
  await eventually(() => {
    expect(stage.receiver.of('/hook')).toHaveLength(9);
  });
});
