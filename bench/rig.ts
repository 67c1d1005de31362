/**
 * What every bench stands on: an embedded broker and database of its own, the sink in its process, topics, and
 * databases with webhooks in them. Everything is loopback and gone at the end.
 */
import type { Kafka } from 'kafkajs';
import { createDatabaseIfMissing } from '../dev/embedded-postgres.ts';
import { createClient } from '../dev/kafka-client.ts';
import { waitFor } from '../dev/wait-for.ts';
import { startTestKafka, startTestPostgres } from '../test/support/embedded-services.ts';
import { ServiceProcess } from './service-process.ts';
import { Sink } from './sink-process.ts';

const CREATED_AT_ONCE = 16;

export class Rig {
  /** A scenario may put another one in its place. */
  sink: Sink;
  readonly client: Kafka;
  readonly brokers: string;
  readonly #kafka: Awaited<ReturnType<typeof startTestKafka>>;
  readonly #postgres: Awaited<ReturnType<typeof startTestPostgres>>;

  private constructor(
    kafka: Awaited<ReturnType<typeof startTestKafka>>,
    postgres: Awaited<ReturnType<typeof startTestPostgres>>,
    sink: Sink,
  ) {
    this.#kafka = kafka;
    this.#postgres = postgres;
    this.sink = sink;
    this.brokers = kafka.brokers;
    this.client = createClient(kafka.brokers);
  }

  static async start(): Promise<Rig> {
    const starts = [startTestKafka(), startTestPostgres(), Sink.start()] as const;
    return new Rig(...(await Promise.all(starts)));
  }

  /** A database of that name on the embedded server. */
  async database(name: string): Promise<string> {
    await createDatabaseIfMissing(this.#postgres.url, name);
    const url = new URL(this.#postgres.url);
    url.pathname = `/${name}`;
    return url.href;
  }

  /**
   * A database of that name with these webhooks, made through REST by a service that reads an empty topic.
   *
   * @returns its address and the webhooks' ids.
   */
  async databaseWith(
    name: string,
    webhooks: readonly Record<string, unknown>[],
  ): Promise<{ url: string; ids: string[] }> {
    const url = await this.database(name);
    const service = await this.startService(`making-${name}`, { DATABASE_URL: url });
    const ids: string[] = [];
    for (let at = 0; at < webhooks.length; at += CREATED_AT_ONCE) {
      const lot = webhooks.slice(at, at + CREATED_AT_ONCE);
      ids.push(...(await Promise.all(lot.map((values) => service.createWebhook(values)))));
    }
    await service.stop();
    return { url, ids };
  }

  /** A service on topics named after `name`, with an empty database of its own unless `environment` names one. */
  async startService(
    name: string,
    environment: Record<string, string> = {},
    main?: string,
  ): Promise<ServiceProcess> {
    const settings = {
      KAFKA_BROKERS: this.brokers,
      DATABASE_URL: environment['DATABASE_URL'] ?? (await this.database(name)),
      KAFKA_GROUP_ID: `bench-${name}`,
      USER_EVENTS_TOPIC: `events-${name}`,
      DELIVERIES_TOPIC: `deliveries-${name}`,
      DEAD_LETTER_TOPIC: `dead-letters-${name}`,
      CREATE_TOPICS: 'true',
      ...environment,
    };
    return ServiceProcess.start(settings, main);
  }

  async createTopic(topic: string, numPartitions: number): Promise<void> {
    await this.#withAdmin(async (admin) => {
      await admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: false });
      const known = async (): Promise<boolean> => (await admin.listTopics()).includes(topic);
      await waitFor(known, { timeoutMs: 10_000, what: `the topic ${topic}` });
    });
  }

  async deleteTopics(...topics: string[]): Promise<void> {
    await this.#withAdmin((admin) => admin.deleteTopics({ topics }));
  }

  /** How many records the topic has. */
  async records(topic: string): Promise<number> {
    return this.#withAdmin(async (admin) => {
      const offsets = await admin.fetchTopicOffsets(topic);
      return offsets.reduce((sum, { high, low }) => sum + Number(high) - Number(low), 0);
    });
  }

  /** How many of the topic's records the group has not committed. */
  async lag(topic: string, groupId: string): Promise<number> {
    return this.#withAdmin(async (admin) => {
      const committed = new Map<number, number>();
      for (const { partitions } of await admin.fetchOffsets({ groupId, topics: [topic] })) {
        for (const { partition, offset } of partitions) committed.set(partition, Math.max(0, Number(offset)));
      }
      const offsets = await admin.fetchTopicOffsets(topic);
      return offsets.reduce(
        (sum, { partition, high }) => sum + Number(high) - (committed.get(partition) ?? 0),
        0,
      );
    });
  }

  /** How many members the group has, once it is stable; 0 before. */
  async members(groupId: string): Promise<number> {
    return this.#withAdmin(async (admin) => {
      const [group] = (await admin.describeGroups([groupId])).groups;
      return group?.state === 'Stable' ? group.members.length : 0;
    });
  }

  async close(): Promise<void> {
    this.sink.close();
    await Promise.all([this.#kafka.close(), this.#postgres.close()]);
  }

  async #withAdmin<T>(use: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
    const admin = this.client.admin();
    await admin.connect();
    try {
      return await use(admin);
    } finally {
      await admin.disconnect();
    }
  }
}
