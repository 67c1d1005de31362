/**
 * Asks the brokers for everything that the service needs from them: an answer, the topics, the rights, and the times of
 * records. It makes no topic and writes nothing.
 */
import type { Admin } from 'kafkajs';
import type { RolesSettings } from '../config/roles.settings.ts';
import { StartError } from '../config/start-error.ts';
import { createKafka } from '../kafka/kafka-client.ts';
import type { KafkaSettings } from '../kafka/kafka.settings.ts';
import { ConfigResourceTypes, logLevel } from '../kafka/kafkajs.ts';
import { askRights, denial } from '../kafka/rights.ts';
import { connectAdmin } from '../kafka/topics.ts';
import { fault, ok, warning, type Finding } from './finding.ts';
import { CLOCK_TOLERANCE_MS } from './judge-clock.ts';
import { CONFIGS, judgeTopics, type TopicFacts } from './judge-topics.ts';

const CHECK = 'Kafka';

export async function kafkaFindings(settings: KafkaSettings & RolesSettings): Promise<Finding[]> {
  const admin = createKafka(settings, { retry: { retries: 1 }, logLevel: logLevel.NOTHING }).admin();
  try {
    await connectAdmin(admin, settings);
    const { brokers } = await admin.describeCluster();
    const existing = new Set(await admin.listTopics());
    const topics = topicsOf(settings).filter(({ topic }) => existing.has(topic));
    return [
      ok(CHECK, `brokers: ${brokers.length}`),
      ...judgeTopics(await Promise.all(topics.map((topic) => factsOf(admin, topic)))),
      ...missingTopics(settings, existing),
      await rightsFinding(settings),
      ...(existing.has(settings.USER_EVENTS_TOPIC) ? [await timesFinding(admin, settings)] : []),
    ];
  } catch (error) {
    if (error instanceof StartError) return [fault(CHECK, error.message)];
    throw error;
  } finally {
    void admin.disconnect().catch(() => undefined);
  }
}

function topicsOf(settings: KafkaSettings): Pick<TopicFacts, 'topic' | 'purpose'>[] {
  return [
    { topic: settings.USER_EVENTS_TOPIC, purpose: 'events' },
    { topic: settings.DELIVERIES_TOPIC, purpose: 'results' },
    { topic: settings.DEAD_LETTER_TOPIC, purpose: 'dead letters' },
  ];
}

function missingTopics(settings: KafkaSettings, existing: ReadonlySet<string>): Finding[] {
  return topicsOf(settings)
    .filter(({ topic }) => !existing.has(topic))
    .map(({ topic, purpose }) => {
      const found = `there is no such topic, for ${purpose}`;
      return settings.CREATE_TOPICS
        ? warning(`topic ${topic}`, found, 'nothing: the service creates it when it starts (CREATE_TOPICS)')
        : fault(`topic ${topic}`, found, 'create it, or start with CREATE_TOPICS=true');
    });
}

async function factsOf(
  admin: Admin,
  { topic, purpose }: Pick<TopicFacts, 'topic' | 'purpose'>,
): Promise<TopicFacts> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
  const partitions = (topics[0]?.partitions ?? []).map(({ leader, replicas, isr }) => ({
    leader,
    replicas: replicas.length,
    inSync: isr.length,
  }));
  return { topic, purpose, partitions, configs: await configsOf(admin, topic) };
}

async function configsOf(admin: Admin, topic: string): Promise<Map<string, string> | null> {
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configNames: CONFIGS };
  try {
    const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms: false });
    const entries = resources[0]?.configEntries ?? [];
    return new Map(entries.map(({ configName, configValue }) => [configName, configValue]));
  } catch {
    // Reading a configuration needs a right of its own, which the service does not need.
    return null;
  }
}

async function rightsFinding(settings: KafkaSettings & RolesSettings): Promise<Finding> {
  const check = 'rights in Kafka';
  const missing = await askRights(settings);
  if (missing === null) return warning(check, 'the brokers do not tell what this client may do');
  if (missing.length > 0) return fault(check, denial(missing));
  return ok(check, 'this client may do what its roles need');
}

/** Brokers do not tell their time. Records do: of a producer, or with LogAppendTime of a broker. */
async function timesFinding(admin: Admin, { USER_EVENTS_TOPIC: topic }: KafkaSettings): Promise<Finding> {
  const check = 'clock of the records';
  const ends = new Map(
    (await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, high]),
  );
  const places = await admin.fetchTopicOffsetsByTimestamp(topic, Date.now() + CLOCK_TOLERANCE_MS.warning);
  // If no record is that late, this is the present end of the log.
  const ahead = places.filter(({ partition, offset }) => BigInt(offset) < BigInt(ends.get(partition) ?? 0));
  if (ahead.length === 0) return ok(check, 'no event is dated later than now');
  const found = `partitions of ${topic} with records that are dated later than now: ${ahead.map(({ partition }) => partition).join(', ')}`;
  return warning(check, found, 'correct the clock of this machine, of the producers, or of the brokers');
}
