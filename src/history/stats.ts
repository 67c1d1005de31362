/**
 * Statistics of attempts by hour, and the present state: of one webhook, of several, or of all. The counts were added
 * when the attempts were read, so an answer counts nothing. What is not known is null, never 0.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { validate as isUuid } from 'uuid';
import { Problem } from '../rest/problem.ts';
import { validate } from '../rest/validate.ts';
import { RunningProcesses } from '../roles/running-processes.ts';
import { COUNTED_CODES } from './count-attempts.ts';
import { percentile } from './durations.ts';
import {
  statsQuery,
  webhooksStatsQuery,
  type HourStats,
  type Stats,
  type StatsNow,
  type WebhooksStats,
} from './stats.dto.ts';

const HOUR_MS = 3_600_000;
/** Counting of waiting deliveries stops here, as in lists of webhooks. */
const COUNTED_AT_MOST = 1_000;

const HOURS = `
  SELECT hour, sum(delivered)::integer AS delivered, sum(failed)::integer AS failed, sum(exhausted)::integer AS exhausted,
         sum_counts(error_codes) AS error_codes, sum_counts(durations) AS durations
  FROM attempt_counts
  WHERE hour >= $1 AND ($2::uuid IS NULL OR webhook_id = $2) GROUP BY hour`;
const HOURS_OF_EACH = `
  SELECT w.id AS webhook_id, c.hour, c.delivered, c.failed, c.exhausted
  FROM webhooks w LEFT JOIN attempt_counts c ON c.webhook_id = w.id AND c.hour >= $1
  WHERE w.id = ANY ($2::uuid[])`;
/** The time from which the history is known, and the time up to which it is complete. That is now if nothing is left to read. */
export const KNOWN = `
  SELECT min(first_read_at) AS since,
         min(CASE WHEN next_offset >= end_offset THEN checked_at ELSE coalesce(read_to, first_read_at) END) AS until,
         count(*)::integer AS partitions
  FROM history_positions`;
const WEBHOOK = 'SELECT FROM webhooks WHERE id = $1';
/** In the order of an index, oldest first. */
const waiting = (order: string): string => `
  SELECT count(*)::integer AS pending_count, min(created_at) AS oldest_pending_at
  FROM (
    SELECT created_at FROM retries
    WHERE NOT dead AND ($1::uuid IS NULL OR webhook_id = $1)
    ORDER BY ${order} LIMIT ${COUNTED_AT_MOST}
  ) counted`;

interface HourRow {
  readonly hour: Date;
  readonly delivered: number;
  readonly failed: number;
  readonly exhausted: number;
  readonly error_codes: number[];
  readonly durations: number[];
}

type OutcomeCounts = Pick<HourRow, 'delivered' | 'failed' | 'exhausted'>;

export interface KnownRow {
  readonly since: Date | null;
  readonly until: Date | null;
}

@Injectable()
export class StatsService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly processes: RunningProcesses,
  ) {}

  /** @param webhookId null for all. @throws Problem `not_found` */
  async read(webhookId: string | null, query: unknown): Promise<Stats> {
    const { hours: count } = validate(statsQuery, query);
    await this.processes.need('history');
    if (webhookId !== null) await this.#known(webhookId);
    const begins = hoursBack(count);
    const from = begins[0] ?? 0;
    const [rows, [known], now] = await Promise.all([
      this.dataSource.query<HourRow[]>(HOURS, [new Date(from), webhookId]),
      this.dataSource.query<KnownRow[]>(KNOWN),
      this.#now(webhookId),
    ]);
    const byHour = new Map(rows.map((row) => [row.hour.getTime(), row]));
    const since = known?.since?.getTime() ?? Infinity;
    const hours = begins.map((hour) => hourOf(hour, byHour.get(hour) ?? null, hour + HOUR_MS > since));
    return { hours, now, complete_to: known?.until?.toISOString() ?? null };
  }

  /** Only outcomes, for each webhook in the query. */
  async readEach(query: unknown): Promise<WebhooksStats> {
    const { webhook_id: ids, hours: count } = validate(webhooksStatsQuery, query);
    await this.processes.need('history');
    const begins = hoursBack(count);
    const [rows, [known]] = await Promise.all([
      this.dataSource.query<(OutcomeCounts & { webhook_id: string; hour: Date | null })[]>(HOURS_OF_EACH, [
        new Date(begins[0] ?? 0),
        ids,
      ]),
      this.dataSource.query<KnownRow[]>(KNOWN),
    ]);
    const since = known?.since?.getTime() ?? Infinity;
    const byWebhook = Map.groupBy(rows, ({ webhook_id }) => webhook_id);
    const data = [...new Set(ids.map((id) => id.toLowerCase()))].flatMap((id) => {
      const own = byWebhook.get(id);
      if (!own) return [];
      const byHour = new Map(own.map((row) => [row.hour?.getTime(), row]));
      const counts = (outcome: keyof OutcomeCounts): (number | null)[] =>
        begins.map((hour) => byHour.get(hour)?.[outcome] ?? (hour + HOUR_MS > since ? 0 : null));
      return [
        {
          webhook_id: id,
          delivered: counts('delivered'),
          failed: counts('failed'),
          exhausted: counts('exhausted'),
        },
      ];
    });
    return {
      hours: begins.map((hour) => new Date(hour).toISOString()),
      data,
      complete_to: known?.until?.toISOString() ?? null,
    };
  }

  async #known(webhookId: string): Promise<void> {
    const rows = isUuid(webhookId) ? await this.dataSource.query<unknown[]>(WEBHOOK, [webhookId]) : [];
    if (rows.length === 0) throw new Problem('not_found', `There is no webhook ${webhookId}.`);
  }

  async #now(webhookId: string | null): Promise<StatsNow> {
    const order = webhookId === null ? "(created_at AT TIME ZONE 'UTC')" : 'created_at';
    const [row] = await this.dataSource.query<{ pending_count: number; oldest_pending_at: Date | null }[]>(
      waiting(order),
      [webhookId],
    );
    return {
      pending_count: row?.pending_count ?? 0,
      oldest_pending_at: row?.oldest_pending_at?.toISOString() ?? null,
    };
  }
}

/** When each of the last hours begins, this one included, the oldest first. */
function hoursBack(count: number): number[] {
  const thisHour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
  return Array.from({ length: count }, (_, index) => thisHour - (count - 1 - index) * HOUR_MS);
}

/** @param isKnown whether the history reaches back so far. Then a missing row means 0. */
function hourOf(hour: number, row: HourRow | null, isKnown: boolean): HourStats {
  const at = new Date(hour).toISOString();
  if (!row && !isKnown)
    return { hour: at, delivered: null, failed: null, exhausted: null, error_codes: null, duration_ms: null };
  const { delivered = 0, failed = 0, exhausted = 0, error_codes = [], durations = [] } = row ?? {};
  const codes = COUNTED_CODES.flatMap((code, place) => {
    const count = error_codes[place] ?? 0;
    return count > 0 ? [[code, count] as const] : [];
  });
  return {
    hour: at,
    delivered,
    failed,
    exhausted,
    error_codes: Object.fromEntries(codes),
    duration_ms: percentiles(durations),
  };
}

function percentiles(durations: readonly number[]): HourStats['duration_ms'] {
  const p50 = percentile(durations, 0.5);
  const p95 = percentile(durations, 0.95);
  const p99 = percentile(durations, 0.99);
  return p50 === null || p95 === null || p99 === null ? null : { p50, p95, p99 };
}
