/**
 * Maintains the tables of the history. It makes the tables of the next week, and drops those that are too old. It does
 * both at start and every ten minutes. So a table that cannot be made is known a week before it is needed. If the tables
 * of tomorrow are missing, the process is not ready.
 */
import { Logger } from '@nestjs/common';
import type { Pool, PoolClient } from 'pg';
import { DAY_MS, dayOf, timeOfId } from './day.ts';
import { dropDays, existingTables, makeTables, PARENTS, tableOf, type Parent } from './days.ts';
import { forgetMinutes } from './minutes.ts';
import type { Days } from './projection.ts';
import type { RecordedAttempt } from './read-attempt.ts';

const EVERY_MS = 600_000;
const DAYS_AHEAD = 7;
/** Statistics are kept longer than attempts. */
const COUNTS_KEPT_FOR = '400 days';
const LOT = 5_000;

const DELETE_STATES = `
  DELETE FROM delivery_states WHERE delivery_id = ANY (ARRAY (
    SELECT delivery_id FROM delivery_states
    WHERE created_at < greatest($1::timestamptz, $2)
      AND created_at < CASE status WHEN 'delivered' THEN $1 ELSE $2 END
    ORDER BY created_at LIMIT ${LOT} FOR UPDATE SKIP LOCKED
  ))`;
const DELETE_COUNTS = `DELETE FROM attempt_counts WHERE hour < now() - interval '${COUNTS_KEPT_FOR}'`;

export class Upkeep implements Days {
  readonly #logger = new Logger(Upkeep.name);
  #timer: NodeJS.Timeout | null = null;
  #tables = new Set<string>();
  #working = false;
  #failed = false;

  constructor(
    private readonly pool: Pool,
    private readonly keptMs: Readonly<Record<Parent, number>>,
    private readonly now: () => number = Date.now,
  ) {}

  /** It does not wait for PostgreSQL. If that is away, the tables are made when it is back. */
  async start(): Promise<void> {
    await this.work();
    this.#timer = setInterval(() => void this.work(), EVERY_MS);
  }

  stop(): void {
    if (this.#timer) clearInterval(this.#timer);
  }

  /** Null while the tables of today and tomorrow are there. */
  get trouble(): string | null {
    const tomorrow = dayOf(this.now()) + DAY_MS;
    const missing = PARENTS.map((parent) => tableOf(parent, tomorrow)).filter(
      (name) => !this.#tables.has(name),
    );
    if (missing.length === 0) return null;
    return `the tables ${missing.join(' and ')} could not be made, and are needed from midnight (UTC): see the log`;
  }

  /** For how many days after today all tables are there, one day after the other. */
  get daysAhead(): number {
    let days = 0;
    while (days < DAYS_AHEAD && this.#hasDay(dayOf(this.now()) + (days + 1) * DAY_MS)) days += 1;
    return days;
  }

  async keep(attempts: readonly RecordedAttempt[]): Promise<readonly RecordedAttempt[]> {
    const missing = new Map<string, { parent: Parent; day: number }>();
    const kept = attempts.filter(({ id, outcome }) => {
      const parent = outcome === 'delivered' ? 'attempts_delivered' : 'attempts_failed';
      const day = dayOf(timeOfId(id));
      if (!this.#isKept(parent, day)) return false;
      const name = tableOf(parent, day);
      if (!this.#tables.has(name)) missing.set(name, { parent, day });
      return true;
    });
    if (missing.size > 0) await this.#make(missing);
    return kept;
  }

  lookAgain(): void {
    this.#tables.clear();
  }

  /** If something fails, it is tried again later. */
  async work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    try {
      await this.#guarded(async () => {
        await this.#make(this.#wanted());
        await this.#drop();
      });
    } finally {
      this.#working = false;
    }
  }

  /** Yesterday's too, because an attempt that began yesterday may end today. */
  #wanted(): Map<string, { parent: Parent; day: number }> {
    const today = dayOf(this.now());
    const wanted = new Map<string, { parent: Parent; day: number }>();
    for (let day = today - DAY_MS; day <= today + DAYS_AHEAD * DAY_MS; day += DAY_MS) {
      for (const parent of PARENTS) wanted.set(tableOf(parent, day), { parent, day });
    }
    return wanted;
  }

  /** A day in the distant future comes from a wrong clock. */
  #isKept(parent: Parent, day: number): boolean {
    const now = this.now();
    return day + DAY_MS > dayOf(now - this.keptMs[parent]) && day <= dayOf(now) + DAYS_AHEAD * DAY_MS;
  }

  #hasDay(day: number): boolean {
    return PARENTS.every((parent) => this.#tables.has(tableOf(parent, day)));
  }

  async #make(tables: ReadonlyMap<string, { parent: Parent; day: number }>): Promise<void> {
    await this.#withClient(async (client) => {
      await makeTables(client, tables);
      this.#tables = await existingTables(client);
    });
  }

  async #drop(): Promise<void> {
    await this.#withClient(async (client) => {
      const dropped = await dropDays(client, this.keptMs, this.now());
      for (const name of dropped) this.#tables.delete(name);
      if (dropped.length > 0) this.#logger.log({ tables: dropped }, 'days of the history were dropped');
      const before = (ms: number): Date => new Date(dayOf(this.now() - ms));
      const { attempts_delivered: delivered, attempts_failed: failed } = this.keptMs;
      const limits = [before(delivered), before(failed)];
      for (;;) {
        const { rowCount } = await client.query(DELETE_STATES, limits);
        if ((rowCount ?? 0) < LOT) break;
      }
      await client.query(DELETE_COUNTS);
      await forgetMinutes(client);
    });
  }

  async #withClient(work: (client: PoolClient) => Promise<void>): Promise<void> {
    const client = await this.pool.connect();
    try {
      await work(client);
      client.release();
    } catch (error) {
      client.release(error instanceof Error ? error : true);
      throw error;
    }
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      if (this.#failed) this.#logger.log('the tables of the history are kept again');
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) this.#logger.error({ err: error }, 'the tables of the history could not be kept');
      this.#failed = true;
    }
  }
}
