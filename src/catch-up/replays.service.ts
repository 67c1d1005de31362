/**
 * Takes requests to send something again, and says how far each has come. It only writes rows, so any instance can
 * answer. The owners of the partitions do the work (`catch-up.ts`).
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { validate as isUuid } from 'uuid';
import { DataSource, type EntityManager } from 'typeorm';
import { AuditLog } from '../audit/audit-log.ts';
import type { Origin } from '../model/actor.ts';
import { fault } from '../model/field-fault.ts';
import { fieldProblem, Problem } from '../rest/problem.ts';
import { fromCursor, toCursor } from '../rest/cursor.ts';
import { validate } from '../rest/validate.ts';
import { LogTimes } from './log-times.ts';
import { recoverInput, replayInput, replayQuery, type ReplayPage, type ReplayView } from './replay.dto.ts';
import { ReplayTable, type NewReplay, type Stretch } from './replay-table.ts';

/** The defaults of a replay. */
const PLAIN = {
  from: null,
  to: null,
  triggers: null,
  username: null,
  eventId: null,
  deliveryId: null,
  attemptsBefore: 0,
  mode: 'all',
  dryRun: false,
  total: null,
  matched: 0,
  logBeginsAt: null,
  warnings: [] as ReplayView['warnings'],
} as const;

type Wish = Omit<NewReplay, keyof typeof PLAIN | 'createdBy'> & Partial<NewReplay>;

const WEBHOOK = 'SELECT enabled FROM webhooks WHERE id = $1 FOR KEY SHARE';

/** The range of the table with the rows that were given up in a range of time. */
const GIVEN_UP = `
  SELECT count(*)::integer AS count, min(sequence) AS first, max(sequence) AS last FROM retries
  WHERE webhook_id = $1 AND dead AND coalesce(dead_at, scheduled_at) >= $2 AND coalesce(dead_at, scheduled_at) < $3`;

const KNOWN_IDS = {
  code: 'known_ids',
  message:
    'A receiver that remembers the webhook-id of what it got ignores what it has: the ids are the same.',
} as const;
const OLDER_AFTER_NEWER = {
  code: 'older_after_newer',
  message:
    'The range ends before now, so a user may be brought back to an older state than the receiver has. The mode last_per_user up to now sends only the newest one.',
} as const;

@Injectable()
export class ReplaysService {
  constructor(
    private readonly table: ReplayTable,
    private readonly times: LogTimes,
    private readonly audit: AuditLog,
    @InjectDataSource() private readonly dataSource: DataSource,
  ) {}

  async replay(origin: Origin, webhookId: string, body: unknown): Promise<ReplayView> {
    const { from, to, triggers, username, mode, dry_run: dryRun } = validate(replayInput, body);
    await this.#usable(this.dataSource.manager, webhookId);
    const now = new Date();
    const until = to > now ? now : to;
    requireAfter({ from: ['from', from], to: ['to', until] });
    const [starts, ends, begins] = await Promise.all([
      this.times.placesAt(from),
      this.times.placesAt(to > now ? now : to),
      this.times.beginsAt(),
    ]);
    const stretches = stretchesOf(starts, ends, to >= now);
    const cut = begins !== null && begins > from ? begins : null;
    const warnings = [KNOWN_IDS, ...(to < now ? [OLDER_AFTER_NEWER] : []), ...(cut ? [logBegins(cut)] : [])];
    const total = stretches.reduce((sum, stretch) => sum + stretch.end - stretch.from, 0);
    return this.start(
      origin,
      {
        ...{
          kind: 'replay',
          webhookId,
          from,
          to: until,
          triggers: triggers ?? null,
          username: username ?? null,
        },
        ...{ mode, dryRun, total, logBeginsAt: cut, warnings },
      },
      stretches,
    );
  }

  async recover(origin: Origin, webhookId: string, body: unknown): Promise<ReplayView> {
    const { since: from, until, dry_run: dryRun } = validate(recoverInput, body);
    await this.#usable(this.dataSource.manager, webhookId);
    const now = new Date();
    const to = until === undefined || until > now ? now : until;
    requireAfter({ from: ['since', from], to: ['until', to] });
    const [found] = await this.dataSource.query<{ count: number; first: string; last: string }[]>(GIVEN_UP, [
      webhookId,
      from,
      to,
    ]);
    const count = found?.count ?? 0;
    const wish: Wish = {
      kind: 'recover',
      webhookId,
      from,
      to,
      dryRun,
      total: count,
      matched: dryRun ? count : 0,
    };
    if (!found || count === 0 || dryRun) return this.start(origin, wish, []);
    const partitions = await this.times.partitions();
    const stretch = { from: Number(found.first), end: Number(found.last) + 1 };
    return this.start(
      origin,
      wish,
      partitions.map((partition) => ({ partition, ...stretch })),
    );
  }

  async list(query: unknown): Promise<ReplayPage> {
    const { webhook_id, status, limit, cursor } = validate(replayQuery, query);
    const found = await this.table.list({
      webhookId: webhook_id ?? null,
      status: status ?? null,
      before: cursor === undefined ? null : fromCursor(cursor),
      limit: limit + 1,
    });
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return { data: page, next_cursor: last ? toCursor(last.id) : null };
  }

  async read(id: string): Promise<ReplayView> {
    const replay = isUuid(id) ? await this.table.read(id) : null;
    if (!replay) throw new Problem('not_found', `there is no replay ${id}; GET /api/v1/replays lists them`);
    return replay;
  }

  async stop(origin: Origin, id: string): Promise<ReplayView> {
    await this.read(id);
    await this.dataSource.transaction(async (manager) => {
      const webhookId = await this.table.stop(manager, id);
      if (webhookId === null) return;
      const changes = { replay: { before: null, after: id } };
      await this.audit.record(manager, origin, { action: 'replay.stopped', webhookId, changes });
    });
    return this.read(id);
  }

  /**
   * Stores the request, and who made it.
   *
   * @param more is done in the same transaction, with the id of the replay.
   */
  async start(
    origin: Origin,
    wish: Wish,
    stretches: readonly Stretch[],
    more: (manager: EntityManager, replayId: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<ReplayView> {
    const { webhookId } = wish;
    const id = await this.dataSource.transaction(async (manager) => {
      await this.#usable(manager, webhookId);
      const replay: NewReplay = { ...PLAIN, createdBy: origin.actor.name, ...wish };
      const made = await this.table.insert(manager, replay, stretches);
      await more(manager, made);
      const { kind, from, to, triggers, username, mode, dryRun, deliveryId } = replay;
      const after = {
        id: made,
        kind,
        from,
        to,
        triggers,
        username,
        mode,
        dry_run: dryRun,
        delivery_id: deliveryId,
      };
      const changes = { replay: { before: null, after } };
      await this.audit.record(manager, origin, { action: 'replay.started', webhookId, changes });
      return made;
    });
    return this.read(id);
  }

  /** @throws Problem `not_found`, `webhook_disabled` */
  async #usable(manager: EntityManager, webhookId: string): Promise<void> {
    const rows = isUuid(webhookId) ? await manager.query<{ enabled: boolean }[]>(WEBHOOK, [webhookId]) : [];
    const [row] = rows;
    if (!row) throw new Problem('not_found', `there is no webhook ${webhookId}`);
    if (!row.enabled)
      throw new Problem(
        'webhook_disabled',
        `the webhook ${webhookId} is disabled; enable it first, then send again`,
      );
  }
}

function requireAfter({ from, to }: Record<'from' | 'to', readonly [string, Date]>): void {
  if (to[1] > from[1]) return;
  const message = `must be after ${from[0]}, which must be in the past`;
  throw fieldProblem(to[0], fault('not_after', message, { other: from[0] }));
}

function stretchesOf(
  starts: Awaited<ReturnType<LogTimes['placesAt']>>,
  ends: typeof starts,
  untilNow: boolean,
): Stretch[] {
  const byPartition = new Map(ends.map((place) => [place.partition, untilNow ? place.end : place.offset]));
  return starts
    .map(({ partition, offset }) => ({ partition, from: offset, end: byPartition.get(partition) ?? offset }))
    .filter(({ from, end }) => end > from);
}

function logBegins(at: Date): ReplayView['warnings'][number] {
  return {
    code: 'log_begins_later',
    message: `The log has everything only since ${at.toISOString()}; what was before is not sent.`,
  };
}
