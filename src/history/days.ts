/**
 * The tables of `attempts`, one for each day and outcome. They are made before they are needed, and dropped when they are
 * old enough.
 *
 * A new table is made first and attached afterwards. An old one is detached first and dropped afterwards. So no reader or
 * writer has to wait. One process at a time does this. A table that cannot be locked within two seconds is left for the
 * next time.
 */
import type { PoolClient } from 'pg';
import { DAY_MS, dayName, dayNamed, dayOf, firstIdAt } from './day.ts';

/** An arbitrary number, the same in every process. */
const LOCK = '7206951478063219';
export const PARENTS = ['attempts_delivered', 'attempts_failed'] as const;
export type Parent = (typeof PARENTS)[number];

const LOCK_DAYS = 'SELECT pg_advisory_lock($1)';
const TRY_LOCK_DAYS = 'SELECT pg_try_advisory_lock($1) AS locked';
const UNLOCK_DAYS = 'SELECT pg_advisory_unlock($1)';
const TABLES = `
  SELECT parent.relname AS parent, child.relname AS name, inhdetachpending AS leaving
  FROM pg_inherits
  JOIN pg_class parent ON parent.oid = inhparent
  JOIN pg_class child ON child.oid = inhrelid
  WHERE parent.oid = ANY (ARRAY['attempts_delivered', 'attempts_failed']::regclass[])`;
interface Table {
  readonly parent: Parent;
  readonly name: string;
  /** Whether its detaching was interrupted. */
  readonly leaving: boolean;
}

/** The table of a day. */
export function tableOf(parent: Parent, day: number): string {
  return `${parent}_${dayName(day)}`;
}

/** The names of all existing tables. */
export async function existingTables(client: PoolClient): Promise<Set<string>> {
  const { rows } = await client.query<Table>(TABLES);
  return new Set(rows.flatMap(({ name, leaving }) => (leaving ? [] : [name])));
}

/** Makes what is missing of these tables. @param tables by name, with parent and day. */
export async function makeTables(
  client: PoolClient,
  tables: ReadonlyMap<string, { parent: Parent; day: number }>,
): Promise<void> {
  await alone(client, LOCK_DAYS, async () => {
    const existing = await existingTables(client);
    for (const [name, { parent, day }] of tables) {
      if (!existing.has(name)) await makeTable(client, parent, day);
    }
  });
}

/** Drops the tables of days that are too old. @returns the names of the tables. */
export async function dropDays(
  client: PoolClient,
  keptMs: Readonly<Record<Parent, number>>,
  now: number,
): Promise<string[]> {
  const dropped: string[] = [];
  await alone(client, TRY_LOCK_DAYS, async () => {
    const { rows } = await client.query<Table>(TABLES);
    for (const { parent, name, leaving } of rows) {
      const day = dayNamed(name);
      if (day === null || (!leaving && day + DAY_MS > dayOf(now - keptMs[parent]))) continue;
      await client.query(
        `ALTER TABLE ${parent} DETACH PARTITION ${name} ${leaving ? 'FINALIZE' : 'CONCURRENTLY'}`,
      );
      await client.query(`DROP TABLE ${name}`);
      dropped.push(name);
    }
  });
  return dropped;
}

async function makeTable(client: PoolClient, parent: Parent, day: number): Promise<void> {
  const name = tableOf(parent, day);
  await client.query('BEGIN');
  try {
    // Left from a detaching that was interrupted before the drop.
    await client.query(`DROP TABLE IF EXISTS ${name}`);
    await client.query(`CREATE TABLE ${name} (LIKE ${parent} INCLUDING ALL)`);
    const [from, to] = [firstIdAt(day), firstIdAt(day + DAY_MS)];
    await client.query(
      `ALTER TABLE ${parent} ATTACH PARTITION ${name} FOR VALUES FROM ('${from}') TO ('${to}')`,
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

/** @param lock waits for the lock, or only tries it. If it is taken, another process does the work. */
async function alone(client: PoolClient, lock: string, work: () => Promise<void>): Promise<void> {
  const { rows } = await client.query<{ locked?: boolean }>(lock, [LOCK]);
  if (rows[0]?.locked === false) return;
  try {
    await client.query("SET lock_timeout = '2s'");
    await work();
  } finally {
    await client.query('RESET lock_timeout');
    await client.query(UNLOCK_DAYS, [LOCK]);
  }
}
