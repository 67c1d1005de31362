/**
 * Checks the topics at start. The three topics must exist, and this client must have its rights on them. Missing topics are
 * created if `CREATE_TOPICS` allows it. Auto-creation by the broker is never used: nobody would have chosen the number of
 * partitions.
 */
import type { Admin, ITopicConfig } from 'kafkajs';
import { StartError } from '../config/start-error.ts';
import type { RolesSettings } from '../config/roles.settings.ts';
import type { KafkaSettings } from './kafka.settings.ts';
import { createKafka } from './kafka-client.ts';
import { logLevel } from './kafkajs.ts';
import { prepareNoticesTopic } from './notices-topic.ts';
import { denial, missingRights, type Right } from './rights.ts';
import { kafkaTrouble } from './trouble.ts';

/** A dead letter is stored uncompressed and has more headers. So it may be larger than the record was. */
const DEAD_LETTER_MAX_BYTES = 8 * 1024 * 1024;

const METADATA_TIMEOUT_MS = 10_000;
const METADATA_POLL_MS = 100;

/**
 * @returns a sentence for each thing that the service can do without.
 * @throws StartError if no broker answers, a right is missing, or a topic is missing and must not be created.
 */
export async function ensureTopics(settings: KafkaSettings & RolesSettings): Promise<string[]> {
  const admin = createKafka(settings, { retry: { retries: 2 }, logLevel: logLevel.NOTHING }).admin();
  try {
    await connectAdmin(admin, settings);
    await assertRights(settings);
    await ensureWanted(admin, settings);
    const trouble = await prepareNoticesTopic(settings, admin, (topic) => make(admin, [topic]));
    return trouble === null ? [] : [trouble];
  } finally {
    await admin.disconnect();
  }
}

async function ensureWanted(admin: Admin, settings: KafkaSettings & RolesSettings): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = wantedTopics(settings).filter(({ topic }) => !existing.has(topic));
  if (missing.length === 0) return;
  const names = missing.map(({ topic }) => topic).join(', ');
  if (!settings.CREATE_TOPICS) {
    throw new StartError(`Kafka has no topic ${names}: create it, or start with CREATE_TOPICS=true`);
  }
  await create(admin, missing, settings);
  await assertRights(settings);
}

/** @throws StartError with what to do where no broker lets this client in. */
export async function connectAdmin(admin: Admin, settings: KafkaSettings): Promise<void> {
  try {
    await admin.connect();
    // A listener that wants other credentials fails only at the first request.
    await admin.listTopics();
  } catch (error) {
    const wayOut =
      kafkaTrouble(error, settings, []) ?? 'start it, or correct KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_*';
    throw new StartError(
      `No Kafka broker could be used at ${settings.KAFKA_BROKERS.join(', ')} (${describe(error)}): ${wayOut}`,
      { cause: error },
    );
  }
}

async function assertRights(settings: KafkaSettings & RolesSettings): Promise<void> {
  const missing = await missingRights(settings);
  if (missing.length > 0) throw new StartError(denial(missing));
}

async function create(admin: Admin, missing: ITopicConfig[], settings: KafkaSettings): Promise<void> {
  try {
    await make(admin, missing);
  } catch (error) {
    const names = missing.map(({ topic }) => topic);
    const rights = names.map((name): Right => ({ operation: 'CREATE', resource: 'topic', name }));
    const why = kafkaTrouble(error, settings, rights);
    throw new StartError(why ?? `The topics ${names.join(', ')} could not be created (${describe(error)})`, {
      cause: error,
    });
  }
}

/** Another instance that starts at the same time may be faster; kafkajs takes an existing topic for no error. */
async function make(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  // kafkajs' own wait for leaders fails while the metadata does not know the topic yet.
  await admin.createTopics({ topics, waitForLeaders: false });
  await known(admin, topics);
}

async function known(admin: Admin, topics: ITopicConfig[]): Promise<void> {
  const deadline = performance.now() + METADATA_TIMEOUT_MS;
  for (;;) {
    try {
      await admin.fetchTopicMetadata({ topics: topics.map(({ topic }) => topic) });
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, METADATA_POLL_MS));
    }
  }
}

function wantedTopics(settings: KafkaSettings): ITopicConfig[] {
  const numPartitions = settings.USER_EVENTS_PARTITIONS;
  return [
    { topic: settings.USER_EVENTS_TOPIC, numPartitions },
    { topic: settings.DELIVERIES_TOPIC, numPartitions },
    {
      topic: settings.DEAD_LETTER_TOPIC,
      numPartitions: 1,
      configEntries: [{ name: 'max.message.bytes', value: String(DEAD_LETTER_MAX_BYTES) }],
    },
  ];
}

/** OpenSSL ends its messages with a new line. */
function describe(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).trim();
}
