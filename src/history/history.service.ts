/**
 * Reads the results topic into PostgreSQL, in processes with the role `history`. It also starts while Kafka or PostgreSQL
 * is away, and goes on when they are back.
 */
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../config/config.module.ts';
import type { DatabaseSettings } from '../config/database.settings.ts';
import type { RolesSettings } from '../config/roles.settings.ts';
import { historyPool } from '../database/history-pool.ts';
import type { Pool } from '../database/pool.ts';
import { GroupReader } from '../kafka/group-reader.ts';
import type { KafkaSettings } from '../kafka/kafka.settings.ts';
import { Kafka } from '../kafka/kafkajs.ts';
import { historyGroup, rightsToReadResults } from '../kafka/rights.ts';
import { MAX_OWN_RECORD_BYTES } from '../kafka/topic-logs.ts';
import { kafkaReason } from '../kafka/trouble.ts';
import { ErasedUsers } from './erased-users.ts';
import { GiveWay } from './give-way.ts';
import type { HistorySettings } from './history.settings.ts';
import { Projection } from './projection.ts';
import { Upkeep } from './upkeep.ts';

interface Parts {
  readonly pool: Pool;
  readonly reader: GroupReader;
  readonly projection: Projection;
  readonly upkeep: Upkeep;
}

export interface HistoryState {
  /** Results that are not read yet, by partition. */
  readonly lags: ReadonlyMap<number, number>;
  /** For how many days after today there are tables. */
  readonly daysAhead: number;
  /** Records that were not results, since the start. */
  readonly passedOver: number;
}

@Injectable()
export class HistoryService {
  #parts: Parts | null = null;

  constructor(
    @Inject(Kafka) private readonly kafka: Kafka,
    @Inject(SETTINGS)
    private readonly settings: KafkaSettings & DatabaseSettings & HistorySettings & RolesSettings,
  ) {}

  /** Why the history falls behind; null while it does not. */
  get trouble(): string | null {
    const { reader, upkeep } = this.#parts ?? {};
    return upkeep?.trouble ?? reader?.trouble ?? null;
  }

  /** For metrics; null if the process does not have this role. */
  get state(): HistoryState | null {
    if (!this.#parts) return null;
    const { reader, upkeep, projection } = this.#parts;
    return { lags: reader.lags, daysAhead: upkeep.daysAhead, passedOver: projection.passedOver };
  }

  async start(): Promise<void> {
    this.#parts = this.#make();
    await this.#parts.upkeep.start();
    await this.#parts.reader.start();
  }

  async stop(): Promise<void> {
    if (!this.#parts) return;
    const { pool, reader, upkeep } = this.#parts;
    upkeep.stop();
    await reader.stop();
    await pool.end();
  }

  /** A process that delivers nothing need not give way. Only its own work makes it busy. */
  #giveWay(): Pick<GiveWay, 'after'> {
    return this.settings.ROLES.includes('dispatch') ? new GiveWay() : { after: () => Promise.resolve() };
  }

  #make(): Parts {
    const { settings } = this;
    const pool = historyPool(settings.DATABASE_URL);
    const erased = new ErasedUsers();
    const keptMs = {
      attempts_delivered: settings.HISTORY_RETENTION,
      attempts_failed: settings.HISTORY_FAILED_RETENTION,
    };
    const upkeep = new Upkeep(pool, keptMs);
    const projection = new Projection(settings.DELIVERIES_TOPIC, pool, upkeep, erased, this.#giveWay());
    const options = {
      groupId: historyGroup(settings),
      topic: settings.DELIVERIES_TOPIC,
      maxRecordBytes: MAX_OWN_RECORD_BYTES,
      explain: (error: unknown) => kafkaReason(error, settings, rightsToReadResults(settings)),
    };
    return { pool, upkeep, projection, reader: new GroupReader(this.kafka, options, projection) };
  }
}
