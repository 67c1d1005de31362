/** Reads one delivery by its id: where it came from, its state, and its attempts. */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import type { Attempt } from '../model/attempt.ts';
import { lookupSql } from './delivery-sources.ts';
import type { DeliveryRow } from './delivery-row.ts';
import type { Status } from './delivery.dto.ts';

const ATTEMPTS = `
  SELECT id, delivery_id, event_id, event_type, event_timestamp, webhook_id, webhook_url, method, attempt, reason, outcome,
         status_code, error_code, error_message, duration_ms, response_body, started_at, next_attempt_at, source_topic,
         source_partition, source_offset::text, username, replay_id
  FROM attempts WHERE delivery_id = $1 ORDER BY id LIMIT 1000`;

/** Where a delivery's event came from, and its state. */
export interface DeliveryPlace {
  readonly webhookId: string;
  readonly eventId: string;
  /** Null for a test send. */
  readonly source: { readonly topic: string; readonly partition: number; readonly offset: string } | null;
  readonly status: Status;
  /** How many attempts are known. */
  readonly attempts: number;
}

@Injectable()
export class DeliveryLookup {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** @param deliveryId must be a UUID. @returns null if nothing is known about it. */
  async deliveryPlace(deliveryId: string): Promise<DeliveryPlace | null> {
    const row = await findDelivery(this.dataSource.manager, deliveryId);
    if (!row) return null;
    const { source_topic: topic, source_partition: partition, source_offset: offset } = row;
    return {
      webhookId: row.webhook_id,
      eventId: row.event_id,
      source: topic === null || partition === null || offset === null ? null : { topic, partition, offset },
      status: row.status,
      attempts: row.attempt_count ?? 0,
    };
  }
}

/** Its row if it waits; otherwise what the history has of it; otherwise its row that was given up. */
export async function findDelivery(manager: EntityManager, id: string): Promise<DeliveryRow | null> {
  for (const sql of lookupSql()) {
    const [row] = await manager.query<DeliveryRow[]>(sql, [id]);
    if (row) return row;
  }
  return null;
}

/** The records of the results topic, oldest first. */
export async function attemptsOf(manager: EntityManager, id: string): Promise<Attempt[]> {
  const rows = await manager.query<StoredAttempt[]>(ATTEMPTS, [id]);
  return rows.map((row) => ({
    ...row,
    started_at: row.started_at.toISOString(),
    next_attempt_at: row.next_attempt_at?.toISOString() ?? null,
  }));
}

type StoredAttempt = Omit<Attempt, 'started_at' | 'next_attempt_at'> & {
  readonly started_at: Date;
  readonly next_attempt_at: Date | null;
};
