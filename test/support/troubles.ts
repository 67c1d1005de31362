/** Ways to break things for a while, and what the service says of it. */
import { ConfigResourceTypes } from 'kafkajs';
import type { Service } from './service.ts';
import type { Topics } from './topics.ts';

/** On a broker that is alone, 2 makes the topic refuse every record that asks for acknowledgement by all. */
export async function setMinInsyncReplicas(topics: Topics, topic: string, value: number): Promise<void> {
  const admin = topics.kafka.admin();
  await admin.connect();
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: ConfigResourceTypes.TOPIC,
        name: topic,
        configEntries: [{ name: 'min.insync.replicas', value: String(value) }],
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
