/**
 * The notices topic at start. Nothing depends on it, and deployments of before have no rights for it: where it is missing,
 * or may not be written to, the start goes on and says so.
 */
import type { Admin, ITopicConfig } from 'kafkajs';
import type { RolesSettings } from '../config/roles.settings.ts';
import type { KafkaSettings } from './kafka.settings.ts';
import { denial, lacking, rightsToWrite } from './rights.ts';
import { kafkaTrouble } from './trouble.ts';

const NO_TOPIC = 'none';
const OFF = `set NOTICES_TOPIC=${NO_TOPIC} to do without`;

/** @returns null where notices go to no topic. */
export function noticesTopic({ NOTICES_TOPIC }: Pick<KafkaSettings, 'NOTICES_TOPIC'>): string | null {
  return NOTICES_TOPIC === NO_TOPIC ? null : NOTICES_TOPIC;
}

/**
 * Makes it where `CREATE_TOPICS` allows that. Only processes that dispatch write to it.
 *
 * @param create makes topics, and waits until they are known.
 * @returns why notices cannot be published for now; null if they can, or are not to be.
 */
export async function prepareNoticesTopic(
  settings: KafkaSettings & RolesSettings,
  admin: Pick<Admin, 'listTopics'>,
  create: (topic: ITopicConfig) => Promise<void>,
): Promise<string | null> {
  const topic = noticesTopic(settings);
  if (topic === null || !settings.ROLES.includes('dispatch')) return null;
  if (!(await admin.listTopics()).includes(topic)) {
    if (!settings.CREATE_TOPICS) {
      return `Notices are not published: Kafka has no topic ${topic}, or does not show it to this client. Create it, give the right to WRITE it, or ${OFF}`;
    }
    try {
      await create({ topic, numPartitions: 1 });
    } catch (error) {
      const rights = [{ operation: 'CREATE', resource: 'topic', name: topic } as const];
      const why = kafkaTrouble(error, settings, rights) ?? String(error);
      return `Notices are not published: the topic ${topic} could not be created (${why}); ${OFF}`;
    }
  }
  const missing = (await lacking(settings, rightsToWrite(topic))) ?? [];
  return missing.length === 0 ? null : `Notices are not published: ${denial(missing)}, or ${OFF}`;
}
