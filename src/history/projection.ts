/**
 * Turns records of the results topic into rows. One transaction writes the rows, their counts and the position in the
 * log. So each record counts once, whatever happens. A record that is not an attempt is counted and left out.
 *
 * It gives way: while deliveries keep this process busy, it pauses for nine times as long as it works.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { DatabaseError, type Pool, type PoolClient } from 'pg';
import type { TopicReader } from '../kafka/group-reader.ts';
import type { LogRecord, RecordBatch } from '../kafka/log-record.ts';
import { countAttempts } from './count-attempts.ts';
import type { ErasedUsers } from './erased-users.ts';
import type { GiveWay } from './give-way.ts';
import { countMinutes } from './minutes.ts';
import { findPosition, movePosition, noteChecked, startAnew, type LogBounds } from './positions.ts';
import { readAttempt, type RecordedAttempt } from './read-attempt.ts';
import { storeAttempts } from './store-attempts.ts';

/** What the projection needs from the keeper of the tables of days. */
export interface Days {
  /** Makes the tables that these attempts need. @returns the attempts that must be kept. */
  keep(attempts: readonly RecordedAttempt[]): Promise<readonly RecordedAttempt[]>;
  /** Tells that a table is gone. */
  lookAgain(): void;
}

const LOGGED_AT_MOST = 10;
const TURN_MS = 2;
/** SQLSTATE of a row for which there is no table; the tables have no checks. */
const NO_TABLE = '23514';

/** Some records of a partition, and what they are. */
interface Lot {
  readonly partition: number;
  readonly from: number;
  readonly to: number;
  readonly end: number;
  /** In the order of their offsets; null for a record that is not an attempt. */
  readonly attempts: readonly { offset: number; attempt: RecordedAttempt | null }[];
  readonly readTo: number | null;
}

export class Projection implements TopicReader {
  readonly #logger = new Logger(Projection.name);
  /** How many records were not results, since the start. */
  passedOver = 0;

  constructor(
    private readonly topic: string,
    private readonly pool: Pool,
    private readonly days: Days,
    private readonly erased: Pick<ErasedUsers, 'includes' | 'update'>,
    private readonly giveWay: Pick<GiveWay, 'after'>,
  ) {}

  async begin(partition: number, bounds: LogBounds): Promise<number> {
    const { topic } = this;
    const from = await findPosition(this.pool, topic, partition, bounds);
    const { low, high } = bounds;
    if (from >= low && from <= high) return from;
    const lost = from < low ? low - from : 0;
    await startAnew(this.pool, { topic, partition, from, to: low, lost });
    this.#logger.error(
      { topic, partition, position: from, logBegins: low, logEnds: high },
      from < low
        ? `${lost} results were deleted by the retention of the topic before they were read: the history lacks them`
        : 'the results topic ends before what was read of it: it is another one, and is read from its beginning',
    );
    return low;
  }

  async take(batch: RecordBatch, end: number, alive: () => Promise<void>): Promise<boolean> {
    const startedAt = performance.now();
    const attempts = await readAll(batch.records);
    const last = attempts.findLast(({ attempt }) => attempt !== null)?.attempt?.started_at;
    const lot: Lot = {
      partition: batch.partition,
      from: batch.firstOffset,
      to: batch.lastOffset + 1,
      end,
      attempts,
      readTo: last === undefined ? null : Date.parse(last),
    };
    const kept = await this.#write(lot);
    await this.giveWay.after(performance.now() - startedAt, alive);
    return kept;
  }

  async check(partition: number, next: number, end: number): Promise<boolean> {
    // The topic was made again.
    if (end < next) return false;
    return noteChecked(this.pool, { topic: this.topic, partition, next, end });
  }

  /** If the tables refuse a lot, it is halved again and again until the one bad record is found and left out. */
  async #write(lot: Lot): Promise<boolean> {
    try {
      return await this.#writeWhole(lot);
    } catch (error) {
      if (error instanceof DatabaseError && error.code === NO_TABLE) this.days.lookAgain();
      if (!isAboutData(error)) throw error;
      const { attempts } = lot;
      const [first] = attempts;
      if (attempts.length > 1) {
        const middle = attempts[attempts.length >> 1]?.offset ?? lot.to;
        const before = { ...lot, to: middle, attempts: attempts.filter(({ offset }) => offset < middle) };
        const behind = { ...lot, from: middle, attempts: attempts.filter(({ offset }) => offset >= middle) };
        return (await this.#write(before)) && (await this.#write(behind));
      }
      if (!first?.attempt) throw error;
      return this.#writeWhole({ ...lot, attempts: [{ ...first, attempt: null }] });
    }
  }

  async #writeWhole(lot: Lot): Promise<boolean> {
    const { attempts, passedOver } = await this.#toKeep(lot);
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      await this.erased.update(client);
      const kept = attempts.filter((attempt) => !this.erased.includes(attempt));
      const added = await storeAttempts(client, kept);
      const { topic } = this;
      const { partition, from, to, end, readTo } = lot;
      await countAttempts(client, added);
      await countMinutes(client, partition, added);
      const moved = await movePosition(client, { topic, partition, from, to, end, readTo, passedOver });
      await client.query(moved ? 'COMMIT' : 'ROLLBACK');
      client.release();
      if (moved) this.passedOver += passedOver;
      return moved;
    } catch (error) {
      await rollBack(client);
      throw error;
    }
  }

  /** Without records that are not results, and without results that are too old to be kept. */
  async #toKeep({
    partition,
    attempts,
  }: Lot): Promise<{ attempts: readonly RecordedAttempt[]; passedOver: number }> {
    const read = attempts.flatMap(({ attempt }) => attempt ?? []);
    const passedOver = attempts.length - read.length;
    if (passedOver > 0) {
      const offsets = attempts.flatMap(({ offset, attempt }) => (attempt === null ? [offset] : []));
      this.#logger.warn(
        { partition, offsets: offsets.slice(0, LOGGED_AT_MOST), passedOver },
        'records of the results topic are not results and are left out',
      );
    }
    return { attempts: await this.days.keep(read), passedOver };
  }
}

/** Deliveries of this process wait while a record is read, so it is done in short turns of the event loop. */
async function readAll(records: readonly LogRecord[]): Promise<Lot['attempts']> {
  const attempts = [];
  let turnBegan = performance.now();
  for (const record of records) {
    attempts.push({ offset: record.offset, attempt: record.unread === null ? readAttempt(record) : null });
    if (performance.now() - turnBegan < TURN_MS) continue;
    await nextTurn();
    turnBegan = performance.now();
  }
  return attempts;
}

/** Whether the data caused the error: classes 22 (data) and 23 (constraints) of SQLSTATE. */
function isAboutData(error: unknown): boolean {
  return error instanceof DatabaseError && error.code !== NO_TABLE && /^2[23]/.test(error.code ?? '');
}

async function rollBack(client: PoolClient): Promise<void> {
  try {
    await client.query('ROLLBACK');
    client.release();
  } catch (error) {
    client.release(error instanceof Error ? error : true);
  }
}
