/**
 * Writes down from where in the log a webhook gets events, when it is made, enabled or resumed. It writes rows of
 * `replays` and `cursors` in the transaction of the change. The owners of the partitions work them (`catch-up/`). Other
 * code finds the place of a time in the log.
 */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Problem } from '../rest/problem.ts';
import type { StartFrom } from './start-from.ts';

/** The place of a time in one partition. */
export interface LogPlace {
  readonly partition: number;
  readonly offset: number;
  /** The offset that the next record gets. */
  readonly end: number;
}

/** Whoever reads the log. Declared here, as it is asked from here. */
export interface LogPlaces {
  /** Of every partition. */
  placesAt(from: Date | 'earliest'): Promise<readonly LogPlace[]>;
}

/** What is begun with a change of a webhook. */
export interface Start {
  readonly from: Date | 'earliest';
  readonly places: readonly LogPlace[];
}

const DROP = `
  WITH gone AS (DELETE FROM cursors WHERE webhook_id = $1 AND end_offset IS NULL RETURNING replay_id)
  UPDATE replays SET status = 'stopped', finished_at = now()
  WHERE id IN (SELECT replay_id FROM gone) AND status IN ('running', 'stopping')`;

const REPLAY = `
  INSERT INTO replays (id, kind, webhook_id, from_time, total, created_by) VALUES ($1, $2, $3, $4, $5, $6)`;

const CURSORS = `
  INSERT INTO cursors (id, replay_id, webhook_id, partition, start_offset, next_offset, position, behind_since)
  SELECT gen_random_uuid(), $1, $2, place.partition, place.next_offset, place.next_offset, place.position, $3
  FROM unnest($4::integer[], $5::bigint[], $6::bigint[]) AS place (partition, next_offset, position)`;

const RESUME = `
  UPDATE cursors SET replay_id = $2, start_offset = next_offset, matched = 0
  WHERE webhook_id = $1 AND end_offset IS NULL AND NOT done AND replay_id IS NULL
  RETURNING greatest(position - next_offset, 0) AS behind, behind_since`;

@Injectable()
export class WebhookStarts {
  #log: LogPlaces | null = null;

  readFrom(log: LogPlaces): void {
    this.#log = log;
  }

  /** @throws Problem `service_unavailable` while the log cannot be read. */
  async find(startFrom: StartFrom | undefined): Promise<Start | null> {
    if (startFrom === undefined || startFrom === 'now') return null;
    if (!this.#log) throw new Problem('service_unavailable', 'this process does not read the log');
    return { from: startFrom, places: await this.#log.placesAt(startFrom) };
  }

  /** From now on the webhook gets the events from that place on, and then live events. */
  async begin(
    manager: EntityManager,
    webhookId: string,
    createdBy: string,
    { from, places }: Start,
  ): Promise<void> {
    const id = uuidv7();
    const time = from === 'earliest' ? null : from;
    const total = places.reduce((sum, { offset, end }) => sum + end - offset, 0);
    await manager.query(REPLAY, [id, 'start_from', webhookId, time, total, createdBy]);
    await manager.query(CURSORS, [
      ...[id, webhookId, time],
      places.map(({ partition }) => partition),
      places.map(({ offset }) => offset),
      places.map(({ end }) => end),
    ]);
  }

  /** It is not behind any more. The events that it would have got are dropped. */
  async drop(manager: EntityManager, webhookId: string): Promise<void> {
    await manager.query(DROP, [webhookId]);
  }

  /** The events that came during its pause are sent now. */
  async resume(manager: EntityManager, webhookId: string, createdBy: string): Promise<void> {
    const id = uuidv7();
    const [rows] = await manager.query<[{ behind: string | null; behind_since: Date | null }[], number]>(
      RESUME,
      [webhookId, id],
    );
    if (rows.length === 0) return;
    const total = rows.reduce((sum, { behind }) => sum + Number(behind ?? 0), 0);
    const since = rows
      .flatMap(({ behind_since: at }) => at ?? [])
      .sort((a, b) => a.getTime() - b.getTime())[0];
    await manager.query(REPLAY, [id, 'resume', webhookId, since ?? null, total, createdBy]);
  }
}
