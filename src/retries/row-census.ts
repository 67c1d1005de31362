/**
 * Counts the rows of the table `retries` by their state, every 15 seconds, for the metrics. The cost does not grow with the
 * table: it counts along the indexes up to a limit. Beyond the limit it takes the estimate of PostgreSQL.
 */
import { Injectable, Logger } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { FOR_DELIVERIES } from '../database/data-source.ts';

const COUNT_EVERY_MS = 15_000;
const COUNTED_AT_MOST = 10_000;
/** Older counts are not shown any more. */
const KNOWN_FOR_MS = 60_000;

/** Each condition and order is that of an index: `retries_due`, `retries_order` and `retries_dead`. */
const KINDS = {
  pending: 'claimable ORDER BY webhook_id, due_at',
  live: 'NOT dead ORDER BY webhook_id, order_key, sequence',
  dead: 'dead ORDER BY webhook_id, created_at',
};

type Kind = keyof typeof KINDS;

export const COUNT_ROWS = `SELECT ${Object.entries(KINDS)
  .map(
    ([kind, rows]) =>
      `(SELECT count(*)::integer FROM (SELECT FROM retries WHERE ${rows} LIMIT ${COUNTED_AT_MOST}) counted) AS ${kind}`,
  )
  .join(', ')}`;

export interface RowCounts {
  /** Rows that are due now or later, and rows that are being sent. */
  readonly pending: number;
  /** Rows behind an earlier row of their user. */
  readonly waiting: number;
  /** Rows whose attempts are exhausted. */
  readonly dead: number;
}

@Injectable()
export class RowCensus {
  readonly #logger = new Logger(RowCensus.name);
  #counts: RowCounts | null = null;
  #countedAt = 0;
  #timer: NodeJS.Timeout | null = null;
  #counting = false;

  constructor(@InjectDataSource(FOR_DELIVERIES) private readonly dataSource: DataSource) {}

  start(): void {
    const count = (): void => void this.#countGuarded();
    this.#timer = setInterval(count, COUNT_EVERY_MS).unref();
    count();
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Null while the counts are not known. */
  get counts(): RowCounts | null {
    return performance.now() - this.#countedAt < KNOWN_FOR_MS ? this.#counts : null;
  }

  async #countGuarded(): Promise<void> {
    if (this.#counting) return;
    this.#counting = true;
    try {
      this.#counts = await this.#count();
      this.#countedAt = performance.now();
    } catch (error) {
      // Only at debug level: the retry worker warns already while PostgreSQL is away.
      this.#logger.debug({ err: error }, 'the rows could not be counted; the next try follows');
    } finally {
      this.#counting = false;
    }
  }

  async #count(): Promise<RowCounts> {
    const [counted] = await this.dataSource.query<Record<Kind, number>[]>(COUNT_ROWS);
    const rows = async (kind: Kind): Promise<number> => {
      const count = counted?.[kind] ?? 0;
      return count < COUNTED_AT_MOST ? count : Math.max(count, await this.#estimate(kind));
    };
    const [pending, live, dead] = [await rows('pending'), await rows('live'), await rows('dead')];
    return { pending, waiting: Math.max(0, live - pending), dead };
  }

  async #estimate(kind: Kind): Promise<number> {
    const [condition = ''] = KINDS[kind].split(' ORDER BY');
    const explained = await this.dataSource.query<{ 'QUERY PLAN': { Plan: { 'Plan Rows': number } }[] }[]>(
      `EXPLAIN (FORMAT JSON) SELECT FROM retries WHERE ${condition}`,
    );
    return explained[0]?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0;
  }
}
