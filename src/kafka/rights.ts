/** The rights that the service needs in Kafka, which of them are missing, and the message that says how to add them. */
import type { RolesSettings } from '../config/roles.settings.ts';
import type { KafkaSettings } from './kafka.settings.ts';
import { authorizedOperations } from './authorized-operations.ts';
import { createKafka } from './kafka-client.ts';
import { logLevel } from './kafkajs.ts';

/** Operations and resources as Kafka's ACLs name them. */
export interface Right {
  readonly operation: 'READ' | 'WRITE' | 'CREATE';
  readonly resource: 'topic' | 'group';
  readonly name: string;
}

/** The group that reads the results topic for the history. */
export function historyGroup({ KAFKA_GROUP_ID }: Pick<KafkaSettings, 'KAFKA_GROUP_ID'>): string {
  return `${KAFKA_GROUP_ID}-history`;
}

/** Names the missing rights, and an ACL to add. @param rights at least one. */
export function denial(rights: readonly Right[]): string {
  const denied = rights.map(({ operation, resource, name }) => `${operation} on ${resource} ${name}`);
  const [first] = rights;
  if (!first) throw new Error('a denial names a right');
  const example = `--operation ${first.operation} --${first.resource} ${first.name}`;
  const each = rights.length === 1 ? 'an ACL that allows it' : 'an ACL for each';
  return `Kafka denies this client ${denied.join(', ')}: add ${each}, as with kafka-acls --add --allow-principal User:… ${example}`;
}

/** To read the events topic as a member of the group. */
export function rightsToRead({ USER_EVENTS_TOPIC, KAFKA_GROUP_ID }: KafkaSettings): Right[] {
  return [
    { operation: 'READ', resource: 'topic', name: USER_EVENTS_TOPIC },
    { operation: 'READ', resource: 'group', name: KAFKA_GROUP_ID },
  ];
}

/** To read the results topic for the history, as a member of a group of its own. */
export function rightsToReadResults(settings: KafkaSettings): Right[] {
  return [
    { operation: 'READ', resource: 'topic', name: settings.DELIVERIES_TOPIC },
    { operation: 'READ', resource: 'group', name: historyGroup(settings) },
  ];
}

export function rightsToWrite(topic: string): Right[] {
  return [{ operation: 'WRITE', resource: 'topic', name: topic }];
}

/**
 * Asks the brokers which rights are missing. If a topic does not exist, or a broker cannot tell, its rights count as there.
 * Then readiness reports it when a request is denied.
 */
export async function missingRights(settings: KafkaSettings & RolesSettings): Promise<Right[]> {
  return (await askRights(settings)) ?? [];
}

/** @returns what is missing; null where the brokers cannot tell. */
export function askRights(settings: KafkaSettings & RolesSettings): Promise<Right[] | null> {
  return lacking(settings, neededRights(settings));
}

/** Which of these rights are missing; null where the brokers cannot tell. */
export async function lacking(settings: KafkaSettings, needed: readonly Right[]): Promise<Right[] | null> {
  const topics = needed.flatMap(({ resource, name }) => (resource === 'topic' ? [name] : []));
  const groups = needed.flatMap(({ resource, name }) => (resource === 'group' ? [name] : []));
  const kafka = createKafka(settings, { retry: { retries: 2 }, logLevel: logLevel.NOTHING });
  const allowed = await authorizedOperations(kafka, topics, groups).catch(() => null);
  if (allowed === null) return null;
  return needed.filter(({ operation, resource, name }) => {
    const operations = resource === 'group' ? allowed.groups.get(name) : allowed.topics.get(name);
    return operations && operation !== 'CREATE' && !operations.has(operation);
  });
}

/** The rights that the roles of this process need. REST publishes the results of test sends. */
function neededRights(settings: KafkaSettings & RolesSettings): Right[] {
  const { ROLES, DELIVERIES_TOPIC, DEAD_LETTER_TOPIC } = settings;
  const dispatches = ROLES.includes('dispatch');
  return [
    ...(dispatches ? rightsToRead(settings) : []),
    ...(dispatches || ROLES.includes('api') ? rightsToWrite(DELIVERIES_TOPIC) : []),
    ...(dispatches ? rightsToWrite(DEAD_LETTER_TOPIC) : []),
    ...(ROLES.includes('history') ? rightsToReadResults(settings) : []),
  ];
}
