/** Ways to break things for a while, and what the service says of it. */
import { ConfigResourceTypes } from 'kafkajs';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import type { Service } from './service.ts';
import type { Topics } from './topics.ts';

/**
 * Makes the topic refuse every record, or take them again. (`min.insync.replicas` would not do: a broker takes no more
 * of it than there are replicas.)
 */
export async function setRefusing(topics: Topics, topic: string, refuses: boolean): Promise<void> {
  const admin = topics.kafka.admin();
  await admin.connect();
  const value = refuses ? '1' : '1048588';
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: [{ name: 'max.message.bytes', value }],
      },
    ],
  });
  await admin.disconnect();
}

/** `/health/ready`: its status, and the names of what is down. */
export async function readiness(service: Service): Promise<{ status: number; down: string[] }> {
  const { status, data } = await service.rest(null).get<{
    details: Record<string, { status: string }>;
  }>('/health/ready', { baseURL: service.url });
  const down = Object.entries(data.details).filter(([, part]) => part.status !== 'up');
  return { status, down: down.map(([name]) => name).sort() };
}

/** Waits until nothing is down at any of them, as after an outage. */
export async function allReady(services: readonly Service[]): Promise<void> {
  await eventually(async () => {
    for (const service of services) expect((await readiness(service)).down).toEqual([]);
  }, 120_000);
}
