/**
 * How many attempts ended in each minute of the last hour, over all webhooks. A minute that is not over, that was not read
 * to its end, or that was before the counting, is not known: null, never 0.
 */
import { Injectable } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { RunningProcesses } from '../roles/running-processes.ts';
import { MINUTE_MS, SINCE_PARTITION } from './minutes.ts';
import type { MinuteStats } from './stats.dto.ts';
import { KNOWN, type KnownRow } from './stats.ts';

const SHOWN = 60;

const MINUTES = `
  SELECT minute, sum(delivered)::integer AS delivered, sum(failed)::integer AS failed, sum(exhausted)::integer AS exhausted
  FROM attempt_minutes
  WHERE minute >= $1 AND partition <> ${SINCE_PARTITION} GROUP BY minute`;
const COUNTED_SINCE = `
  SELECT max(minute) + interval '1 minute' AS since FROM attempt_minutes WHERE partition = ${SINCE_PARTITION}`;

interface MinuteRow {
  readonly minute: Date;
  readonly delivered: number;
  readonly failed: number;
  readonly exhausted: number;
}

@Injectable()
export class MinuteStatsService {
  constructor(
    @InjectDataSource() private readonly dataSource: DataSource,
    private readonly processes: RunningProcesses,
  ) {}

  async read(): Promise<MinuteStats> {
    await this.processes.need('history');
    const last = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
    const begins = Array.from({ length: SHOWN }, (_, index) => last - (SHOWN - index) * MINUTE_MS);
    // First how far the history is known: what is read meanwhile can only add to that.
    const [known] = await this.dataSource.query<KnownRow[]>(KNOWN);
    const [rows, [counted]] = await Promise.all([
      this.dataSource.query<MinuteRow[]>(MINUTES, [new Date(begins[0] ?? 0)]),
      this.dataSource.query<{ since: Date | null }[]>(COUNTED_SINCE),
    ]);
    const byMinute = new Map(rows.map((row) => [row.minute.getTime(), row]));
    const from = Math.max(known?.since?.getTime() ?? Infinity, counted?.since?.getTime() ?? 0);
    const to = known?.until?.getTime() ?? 0;
    const minutes = begins.map((begin) => {
      const minute = new Date(begin).toISOString();
      if (begin + MINUTE_MS <= from || begin + MINUTE_MS > to)
        return { minute, delivered: null, failed: null, exhausted: null };
      const { delivered = 0, failed = 0, exhausted = 0 } = byMinute.get(begin) ?? {};
      return { minute, delivered, failed, exhausted };
    });
    return { minutes, complete_to: known?.until?.toISOString() ?? null };
  }
}
