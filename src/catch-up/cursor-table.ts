/** The tables `cursors`, `partition_owners` and `replays`, as the owner of a partition reads and writes them. */
import { Inject, Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type EntityManager } from 'typeorm';
import { FOR_DELIVERIES } from '../database/data-source.ts';
import { SPAN_AT_MOST } from '../intake/stalled-partitions.ts';
import { GroupPlaces, type GroupPlace } from '../kafka/group-places.ts';
import type { Claim, ClaimedPartition, CursorChange, CursorStore, Written } from './cursor-store.ts';
import { isRecovery, type Cursor, type CursorReplay } from './cursor.ts';

const CLAIM = `
  INSERT INTO partition_owners (partition, token) VALUES ($1, $2)
  ON CONFLICT (partition) DO UPDATE SET token = excluded.token, claimed_at = now()`;

const LIST = `
  SELECT c.id, c.webhook_id, c.partition, c.next_offset, c.end_offset, c.live_before, c.matched, c.expired, c.replay_id,
         r.kind, r.triggers, r.username, r.event_id, r.mode, r.dry_run, r.status, r.from_time, r.to_time, r.delivery_id, r.attempts_before,
         EXISTS (SELECT FROM retries q WHERE q.webhook_id = c.webhook_id AND q.dead) AS any_given_up
  FROM cursors c LEFT JOIN replays r ON r.id = c.replay_id
  WHERE c.partition = ANY ($1::integer[]) AND NOT c.done
  ORDER BY c.replay_id`;

/** In the log as it is now: of a topic that was made anew, rows may know offsets that are still to come. */
const GIVEN_UP_BEFORE = `
  SELECT max(source_offset) + 1 AS before FROM retries
  WHERE dead AND source_partition = $1 AND source_offset >= $2 AND source_offset < $3`;

/** Nobody else can claim these until the transaction ends. */
export const STILL_OURS = `
  SELECT o.partition FROM partition_owners o
  JOIN unnest($1::integer[], $2::uuid[]) AS ours (partition, token) ON o.partition = ours.partition AND o.token = ours.token
  ORDER BY o.partition FOR SHARE OF o`;

const CREATE = `
  INSERT INTO cursors (id, webhook_id, partition, start_offset, next_offset, live_before, position, behind_since)
  SELECT made.id, made.webhook_id, made.partition, made.next_offset, made.next_offset, made.next_offset, made.position, now()
  FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[], $5::bigint[])
    AS made (id, webhook_id, partition, next_offset, position)
  JOIN webhooks ON webhooks.id = made.webhook_id
  ON CONFLICT DO NOTHING RETURNING id`;

/** One whose topic was made anew goes back. */
const PROGRESS = `
  UPDATE cursors c
  SET next_offset = new.next_offset, position = coalesce(new.position, c.position), matched = new.matched,
      expired = new.expired, done = new.done,
      start_offset = CASE WHEN new.leaves THEN new.next_offset ELSE least(c.start_offset, new.next_offset) END,
      live_before = CASE WHEN new.leaves THEN new.next_offset ELSE c.live_before END,
      replay_id = CASE WHEN new.leaves THEN NULL ELSE c.replay_id END,
      behind_since = CASE WHEN new.leaves THEN now() ELSE coalesce(to_timestamp(new.since / 1000), c.behind_since) END
  FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::boolean[], $7::boolean[], $8::float8[])
    AS new (id, next_offset, position, matched, expired, done, leaves, since)
  WHERE c.id = new.id AND NOT c.done RETURNING c.id`;

const LOCK_REPLAYS = `
  SELECT id FROM replays WHERE id = ANY ($1::uuid[]) ORDER BY id FOR UPDATE`;

/** Of these replays, those that have come to their end in every partition. */
const END_REPLAYS = `
  UPDATE replays r
  SET status = CASE r.status WHEN 'stopping' THEN 'stopped' ELSE 'done' END, finished_at = now(),
      read = coalesce(sums.read, 0), matched = coalesce(sums.matched, 0), expired = coalesce(sums.expired, 0)
  FROM unnest($1::uuid[]) AS touched (id) LEFT JOIN LATERAL (
    SELECT sum(c.next_offset - c.start_offset) AS read, sum(c.matched) AS matched, sum(c.expired) AS expired
    FROM cursors c WHERE c.replay_id = touched.id
  ) sums ON true
  WHERE r.id = touched.id AND r.status IN ('running', 'stopping')
    AND NOT EXISTS (SELECT FROM cursors c WHERE c.replay_id = r.id AND NOT c.done)
  RETURNING r.id`;

const FORGET = `
  DELETE FROM cursors
  WHERE replay_id = ANY ($1::uuid[]) OR (id = ANY ($2::uuid[]) AND done AND replay_id IS NULL)`;

interface Row {
  readonly id: string;
  readonly webhook_id: string;
  readonly partition: number;
  readonly next_offset: string;
  readonly end_offset: string | null;
  readonly live_before: string;
  readonly matched: string;
  readonly expired: string;
  readonly replay_id: string | null;
  readonly kind: CursorReplay['kind'];
  readonly triggers: CursorReplay['triggers'];
  readonly username: string | null;
  readonly event_id: string | null;
  readonly mode: CursorReplay['mode'];
  readonly dry_run: boolean;
  readonly status: string;
  readonly from_time: Date | null;
  readonly to_time: Date | null;
  readonly delivery_id: string | null;
  readonly attempts_before: number;
  readonly any_given_up: boolean;
}

type Created = Extract<CursorChange, { kind: 'create' }>;
type Moved = Extract<CursorChange, { kind: 'progress' }>;

@Injectable()
export class CursorTable implements CursorStore {
  constructor(
    @InjectDataSource(FOR_DELIVERIES) private readonly dataSource: DataSource,
    @Inject(GroupPlaces) private readonly places: Pick<GroupPlaces, 'ask'>,
  ) {}

  async claim({ partition, token }: Claim): Promise<ClaimedPartition> {
    const cursors = await this.dataSource.transaction(async (manager) => {
      await manager.query(CLAIM, [partition, token]);
      return list(manager, [partition]);
    });
    // Asked after it: a place that was saved before is in the log as it is then.
    const place = (await this.places.ask()).get(partition);
    if (!place) return { cursors, begins: null, before: { givenUp: 0, read: 0 } };
    // Only the owner of a partition commits, so this stays true.
    const begins = place.committed ?? place.low;
    const [found] = await this.dataSource.query<{ before: string | null }[]>(GIVEN_UP_BEFORE, [
      ...[partition, begins, place.high],
    ]);
    // Twice, because offsets have gaps.
    const read = Math.min(place.high, begins + 2 * SPAN_AT_MOST);
    const before = { givenUp: Number(found?.before ?? 0), read };
    return { cursors: cursors.map((cursor) => inLog(cursor, place)), begins, before };
  }

  list(partitions: readonly number[]): Promise<readonly Cursor[]> {
    return list(this.dataSource.manager, partitions);
  }

  write(changes: readonly CursorChange[]): Promise<Written> {
    return this.dataSource.transaction(async (manager) => {
      const claims = new Map(changes.map(({ claim }) => [claim.partition, claim.token]));
      const rows: { partition: number }[] = await manager.query(STILL_OURS, [
        [...claims.keys()],
        [...claims.values()],
      ]);
      const ours = new Set(rows.map(({ partition }) => partition));
      const mine = changes.filter(({ claim }) => ours.has(claim.partition));
      const written = new Set<string>([
        ...(await create(
          manager,
          mine.filter((change) => change.kind === 'create'),
        )),
        ...(await move(
          manager,
          mine.filter((change) => change.kind === 'progress'),
        )),
      ]);
      return { written, lost: new Set([...claims.keys()].filter((partition) => !ours.has(partition))) };
    });
  }
}

/**
 * Where the log ends before it, the topic was made anew. One without an end is meant for what is in it now; of one with an end
 * nothing is there any more.
 */
function inLog(cursor: Cursor, { low, high }: GroupPlace): Cursor {
  const { next, end, liveBefore, expired } = cursor;
  if (isRecovery(cursor) || Math.max(next, liveBefore, end ?? 0) <= high) return cursor;
  if (end === null) return { ...cursor, next: low, liveBefore: 0 };
  return { ...cursor, next: end, expired: expired + end - next };
}

async function list(manager: EntityManager, partitions: readonly number[]): Promise<Cursor[]> {
  const rows: Row[] = await manager.query(LIST, [partitions]);
  return rows.map((row) => ({
    id: row.id,
    webhookId: row.webhook_id,
    partition: row.partition,
    next: Number(row.next_offset),
    end: row.end_offset === null ? null : Number(row.end_offset),
    liveBefore: Number(row.live_before),
    matched: Number(row.matched),
    expired: Number(row.expired),
    anyGivenUp: row.any_given_up,
    replay: toReplay(row),
  }));
}

function toReplay(row: Row): CursorReplay | null {
  if (row.replay_id === null) return null;
  return {
    id: row.replay_id,
    kind: row.kind,
    triggers: row.triggers,
    username: row.username,
    eventId: row.event_id,
    deliveryId: row.delivery_id,
    attemptsBefore: row.attempts_before,
    mode: row.mode,
    dryRun: row.dry_run,
    stopping: row.status === 'stopping',
    from: row.from_time,
    to: row.to_time,
  };
}

async function create(manager: EntityManager, made: readonly Created[]): Promise<string[]> {
  if (made.length === 0) return [];
  const rows: { id: string }[] = await manager.query(CREATE, [
    made.map(({ id }) => id),
    made.map(({ webhookId }) => webhookId),
    made.map(({ claim }) => claim.partition),
    made.map(({ next }) => next),
    made.map(({ position }) => position),
  ]);
  return rows.map(({ id }) => id);
}

async function move(manager: EntityManager, moved: readonly Moved[]): Promise<string[]> {
  if (moved.length === 0) return [];
  const ending = moved.filter(({ done, leavesReplay }) => done || leavesReplay);
  const replays = [...new Set(ending.flatMap(({ replayId }) => replayId ?? []))];
  if (replays.length > 0) await manager.query(LOCK_REPLAYS, [replays]);
  const [rows] = await manager.query<[{ id: string }[], number]>(PROGRESS, [
    moved.map(({ id }) => id),
    moved.map(({ next }) => next),
    moved.map(({ position }) => position),
    moved.map(({ matched }) => matched),
    moved.map(({ expired }) => expired),
    moved.map(({ done }) => done),
    moved.map(({ leavesReplay }) => leavesReplay),
    moved.map(({ since }) => since),
  ]);
  if (ending.length > 0) {
    const [ended] = await manager.query<[{ id: string }[], number]>(END_REPLAYS, [replays]);
    await manager.query(FORGET, [ended.map(({ id }) => id), ending.map(({ id }) => id)]);
  }
  return rows.map(({ id }) => id);
}
