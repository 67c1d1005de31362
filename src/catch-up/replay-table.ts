/**
 * The table `replays`, as REST writes and reads it. What became of the deliveries of a replay is read from their rows in
 * `retries`, also where the row belongs to a later replay by now. A delivery that has no row any more was delivered.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { Trigger } from '../model/trigger.ts';
import type { CursorReplay, ReplayKind, ReplayMode } from './cursor.ts';
import type { ReplayStatus, ReplayView } from './replay.dto.ts';

/** A range of one partition. */
export interface Stretch {
  readonly partition: number;
  readonly from: number;
  readonly end: number;
}

export interface NewReplay extends Omit<CursorReplay, 'id' | 'stopping'> {
  readonly webhookId: string;
  readonly total: number | null;
  /** Known already if nothing is read from the log. */
  readonly matched: number;
  readonly logBeginsAt: Date | null;
  readonly warnings: ReplayView['warnings'];
  readonly createdBy: string;
}

const INSERT = `
  INSERT INTO replays (id, kind, webhook_id, from_time, to_time, triggers, username, event_id, delivery_id, mode, dry_run,
    total, matched, log_begins_at, warnings, created_by, status, finished_at, attempts_before)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, CASE $17 WHEN 'done' THEN now() END, $18)`;

const CURSORS = `
  INSERT INTO cursors (id, replay_id, webhook_id, partition, start_offset, next_offset, end_offset)
  SELECT gen_random_uuid(), $1, $2, stretch.partition, stretch.first, stretch.first, stretch.last
  FROM unnest($3::integer[], $4::bigint[], $5::bigint[]) AS stretch (partition, first, last)`;

/** The owners of the partitions are notified. */
const NOTIFY = `SELECT pg_notify('webhooks_changed', $1)`;

const VIEW = `
  SELECT r.id, r.kind, r.webhook_id, r.from_time, r.to_time, r.triggers, r.username, r.mode, r.dry_run, r.status, r.total,
         r.log_begins_at, r.warnings, r.created_by, r.created_at, r.finished_at,
         r.read + coalesce(moving.read, 0) AS read, r.matched + coalesce(moving.matched, 0) AS matched,
         r.expired + coalesce(moving.expired, 0) AS expired, rows.failed, rows.exhausted, rows.live
  FROM replays r
  LEFT JOIN LATERAL (
    SELECT sum(c.next_offset - c.start_offset) AS read, sum(c.matched) AS matched, sum(c.expired) AS expired
    FROM cursors c WHERE c.replay_id = r.id
  ) moving ON true
  LEFT JOIN LATERAL (
    SELECT count(*) FILTER (WHERE NOT q.dead AND q.attempts > q.attempts_before) AS failed,
           count(*) FILTER (WHERE q.dead) AS exhausted, count(*) FILTER (WHERE NOT q.dead) AS live
    FROM retries q WHERE q.replay_id = r.id OR q.earlier_replay_ids @> ARRAY[r.id]
  ) rows ON true`;

const READ = `${VIEW} WHERE r.id = $1`;

const LIST = `${VIEW}
  WHERE ($1::uuid IS NULL OR r.webhook_id = $1) AND ($2::text IS NULL OR r.status = $2) AND ($3::uuid IS NULL OR r.id < $3)
  ORDER BY r.id DESC LIMIT $4`;

const STOP = `
  UPDATE replays SET status = 'stopping' WHERE id = $1 AND status = 'running' RETURNING webhook_id`;

interface Row {
  readonly id: string;
  readonly kind: ReplayKind;
  readonly webhook_id: string;
  readonly from_time: Date | null;
  readonly to_time: Date | null;
  readonly triggers: Trigger[] | null;
  readonly username: string | null;
  readonly mode: ReplayMode;
  readonly dry_run: boolean;
  readonly status: ReplayStatus;
  readonly total: string | null;
  readonly log_begins_at: Date | null;
  readonly warnings: ReplayView['warnings'];
  readonly created_by: string;
  readonly created_at: Date;
  readonly finished_at: Date | null;
  readonly read: string;
  readonly matched: string;
  readonly expired: string;
  readonly failed: string;
  readonly exhausted: string;
  readonly live: string;
}

@Injectable()
export class ReplayTable {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  /** @returns its id. Without a range it is done at once. */
  async insert(manager: EntityManager, replay: NewReplay, stretches: readonly Stretch[]): Promise<string> {
    const id = uuidv7();
    await manager.query(INSERT, [
      ...[id, replay.kind, replay.webhookId, replay.from, replay.to, replay.triggers, replay.username],
      ...[replay.eventId, replay.deliveryId, replay.mode, replay.dryRun, replay.total, replay.matched],
      ...[replay.logBeginsAt, JSON.stringify(replay.warnings), replay.createdBy],
      stretches.length === 0 ? 'done' : 'running',
      replay.attemptsBefore,
    ]);
    await manager.query(CURSORS, [
      ...[id, replay.webhookId],
      stretches.map(({ partition }) => partition),
      stretches.map(({ from }) => from),
      stretches.map(({ end }) => end),
    ]);
    await manager.query(NOTIFY, [replay.webhookId]);
    return id;
  }

  async read(id: string): Promise<ReplayView | null> {
    const [row] = await this.dataSource.query<Row[]>(READ, [id]);
    return row ? toView(row) : null;
  }

  async list(filter: {
    webhookId: string | null;
    status: ReplayStatus | null;
    before: string | null;
    limit: number;
  }): Promise<ReplayView[]> {
    const { webhookId, status, before, limit } = filter;
    const rows = await this.dataSource.query<Row[]>(LIST, [webhookId, status, before, limit]);
    return rows.map(toView);
  }

  /** @returns the id of its webhook; null if it had ended, or does not exist. */
  async stop(manager: EntityManager, id: string): Promise<string | null> {
    const [rows] = await manager.query<[{ webhook_id: string }[], number]>(STOP, [id]);
    const webhookId = rows[0]?.webhook_id ?? null;
    if (webhookId !== null) await manager.query(NOTIFY, [webhookId]);
    return webhookId;
  }
}

function toView(row: Row): ReplayView {
  const [matched, expired, exhausted] = [Number(row.matched), Number(row.expired), Number(row.exhausted)];
  const delivered = row.dry_run ? 0 : Math.max(0, matched - Number(row.live) - exhausted);
  const lost = {
    code: 'log_expired',
    message: `${expired} records had been taken from the log by its retention before they could be read`,
  } as const;
  return {
    id: row.id,
    kind: row.kind,
    webhook_id: row.webhook_id,
    from: row.from_time?.toISOString() ?? null,
    to: row.to_time?.toISOString() ?? null,
    triggers: row.triggers,
    username: row.username,
    mode: row.mode,
    dry_run: row.dry_run,
    status: row.status,
    total: row.total === null ? null : Number(row.total),
    read: Number(row.read),
    matched,
    delivered,
    failed: Number(row.failed),
    exhausted,
    log_begins_at: row.log_begins_at?.toISOString() ?? null,
    warnings: [...row.warnings, ...(expired > 0 ? [lost] : [])],
    created_by: row.created_by,
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
  };
}
