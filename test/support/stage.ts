/**
 * What nearly every flow test needs: a database, topics, a receiver and a running service, all of its own; on the servers
 * of the run, or on those of a test that breaks them.
 */
import type { Attempt } from '../../src/model/attempt.ts';
import { createDatabase, type TestDatabase } from './database.ts';
import { checkIntegrity } from './integrity.ts';
import { Receiver, type ReceivedRequest } from './receiver.ts';
import { Service } from './service.ts';
import { Topics, type UserEventValue } from './topics.ts';

/** Servers other than those of the run. */
export interface Servers {
  /** As for `KAFKA_BROKERS`. */
  readonly brokers?: string;
  /** As for `DATABASE_URL`. */
  readonly databaseServer?: string;
}

export class Stage {
  readonly #services: Service[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly topics: Topics,
    readonly receiver: Receiver,
    readonly records: Awaited<ReturnType<Topics['readAttempts']>>,
    private readonly environment: Record<string, string>,
  ) {}

  /** Sets the stage, with the topics made beforehand; no service runs yet. */
  static async set(environment: Record<string, string> = {}, servers: Servers = {}): Promise<Stage> {
    const [database, receiver] = await Promise.all([
      createDatabase(servers.databaseServer),
      Receiver.start(),
    ]);
    const topics = new Topics(servers.brokers);
    await topics.create();
    return new Stage(database, topics, receiver, await topics.readAttempts(), environment);
  }

  /** @param openFiles how many it may have open. */
  async startService(environment: Record<string, string> = {}, openFiles?: number): Promise<Service> {
    const service = await Service.start(this.#environment(environment), openFiles);
    this.#services.push(service);
    return service;
  }

  /** Ends one, and starts another in its place. */
  async replace(service: Service, how: 'stop' | 'kill'): Promise<void> {
    await service[how]();
    await this.startService();
  }

  /** Starts one and does not wait for it. */
  spawnService(environment: Record<string, string> = {}): Service {
    const service = Service.spawn(this.#environment(environment));
    this.#services.push(service);
    return service;
  }

  /** All that were started, in turn. */
  get services(): readonly Service[] {
    return this.#services;
  }

  get running(): Service[] {
    return this.#services.filter(({ exit }) => exit === null);
  }

  get attempts(): Attempt[] {
    return this.records.map(({ attempt }) => attempt);
  }

  /** Fails if anything is lost, out of order or without a result. @returns the number of duplicate deliveries. */
  check(webhookId: string, events: readonly UserEventValue[], requests: readonly ReceivedRequest[]): number {
    return checkIntegrity({ events, requests, attempts: this.attempts, webhookId });
  }

  async strike(): Promise<void> {
    await Promise.all(this.#services.map((service) => service.kill()));
    await Promise.all([this.topics.close(), this.receiver.close()]);
    await this.database.drop();
  }

  #environment(environment: Record<string, string>): Record<string, string> {
    return {
      ...this.topics.environment,
      DATABASE_URL: this.database.url,
      ...this.environment,
      ...environment,
    };
  }
}
