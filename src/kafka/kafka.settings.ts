/** The settings of Kafka: brokers, TLS and credentials (`kafka-security.ts`), and topics. */
import { z } from 'zod';
import { flag, list, wholeNumber } from '../config/setting-values.ts';
import type { SettingsDeclaration, SettingsOf } from '../config/settings-declaration.ts';
import { kafkaSecurity } from './kafka-security.ts';

const topic = z
  .string()
  .regex(/^[a-zA-Z0-9._-]{1,249}$/, 'must be a Kafka topic name: 1 to 249 letters, digits, ".", "_" or "-"');

const brokers = list.pipe(
  z
    .array(z.string().regex(/^[^\s:]+:\d{1,5}$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/, 'must be host:port'))
    .min(1, 'must name at least one broker as host:port'),
);

const shape = {
  KAFKA_BROKERS: brokers.describe('Kafka brokers to start from, `host:port`, separated by commas'),
  KAFKA_CLIENT_ID: z
    .string()
    .min(1)
    .default('user-webhooks')
    .describe('Client id that brokers see in their logs and quotas'),
  KAFKA_GROUP_ID: z
    .string()
    .min(1)
    .default('user-webhooks')
    .describe('Consumer group, used literally; all instances share it'),
  ...kafkaSecurity.shape,
  USER_EVENTS_TOPIC: topic.default('user-events').describe('Topic that user lifecycle events are read from'),
  DELIVERIES_TOPIC: topic
    .default('webhook-deliveries')
    .describe('Topic that every delivery attempt is published to'),
  DEAD_LETTER_TOPIC: topic
    .default('user-events-dead-letter')
    .describe('Topic for records that are not a readable event, with the reason in headers'),
  NOTICES_TOPIC: topic
    .default('webhook-notices')
    .describe(
      'Topic for notices to operators; `none` for no topic. A start goes on where it is missing or denied, with a warning',
    ),
  CREATE_TOPICS: flag
    .default(false)
    .describe('Create missing topics at start; otherwise a missing topic is a fault'),
  USER_EVENTS_PARTITIONS: wholeNumber(1, 10_000)
    .default(8)
    .describe('Partitions of the events topic and the results topic when the service creates them'),
  MAX_EVENT_BYTES: wholeNumber(1_024, 67_108_864)
    .default(2_097_152)
    .describe(
      'Largest record that is read as an event, in bytes: key, value and headers, unpacked; a larger one is dead-lettered without them',
    ),
};

export type KafkaSettings = SettingsOf<typeof shape>;

export const kafkaSettings: SettingsDeclaration<typeof shape> = {
  shape,
  faults: (settings) => [...topicFaults(settings), ...kafkaSecurity.faults(settings)],
  warnings: kafkaSecurity.warnings,
};

function topicFaults(settings: KafkaSettings): string[] {
  const { USER_EVENTS_TOPIC, DELIVERIES_TOPIC, DEAD_LETTER_TOPIC, NOTICES_TOPIC } = settings;
  const topics = [USER_EVENTS_TOPIC, DELIVERIES_TOPIC, DEAD_LETTER_TOPIC];
  if (new Set(topics).size < topics.length) {
    return [
      `USER_EVENTS_TOPIC, DELIVERIES_TOPIC and DEAD_LETTER_TOPIC must be three different topics, but are ${topics.join(', ')}`,
    ];
  }
  return topics.includes(NOTICES_TOPIC)
    ? [`NOTICES_TOPIC must be a topic of its own, but is ${NOTICES_TOPIC}, as one of the others`]
    : [];
}
