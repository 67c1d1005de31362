/** The rights that the service needs in Kafka for its work, and which of them it lacks. */
import type { KafkaSettings } from './kafka.settings.ts';
import { authorizedOperations } from './authorized-operations.ts';
import { createKafka } from './kafka-client.ts';
import { logLevel } from './kafkajs.ts';
import type { Right } from './right.ts';

/** To read the events topic as a member of the group. */
export function rightsToRead({ USER_EVENTS_TOPIC, KAFKA_GROUP_ID }: KafkaSettings): Right[] {
  return [
    { operation: 'READ', resource: 'topic', name: USER_EVENTS_TOPIC },
    { operation: 'READ', resource: 'group', name: KAFKA_GROUP_ID },
  ];
}

export function rightsToWrite(topic: string): Right[] {
  return [{ operation: 'WRITE', resource: 'topic', name: topic }];
}

/**
 * Asks the brokers. Of a topic that does not exist nothing is known, nor when they cannot tell: readiness says it then,
 * as soon as something is denied.
 */
export async function missingRights(settings: KafkaSettings): Promise<Right[]> {
  const needed = [
    ...rightsToRead(settings),
    ...rightsToWrite(settings.DELIVERIES_TOPIC),
    ...rightsToWrite(settings.DEAD_LETTER_TOPIC),
  ];
  const topics = needed.flatMap(({ resource, name }) => (resource === 'topic' ? [name] : []));
  const kafka = createKafka(settings, { retry: { retries: 2 }, logLevel: logLevel.NOTHING });
  const allowed = await authorizedOperations(kafka, topics, settings.KAFKA_GROUP_ID).catch(() => null);
  if (allowed === null) return [];
  return needed.filter(({ operation, resource, name }) => {
    const operations = resource === 'group' ? allowed.group : allowed.topics.get(name);
    return operations && operation !== 'CREATE' && !operations.has(operation);
  });
}
