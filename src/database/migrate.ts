/**
 * Brings the schema up to date. Instances may start at the same time. So an advisory lock lets one of them migrate while the
 * others wait; then these find nothing left to do. TypeORM itself takes no lock.
 *
 * If the database cannot be used, the error is one sentence with host and port, and without the password.
 */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { DataSource, QueryFailedError } from 'typeorm';
import { StartError } from '../config/start-error.ts';
import { databaseAddress, dataSourceOptions, KEEP_ALIVE } from './data-source.ts';
import { DatabaseUnavailable } from './unavailable.ts';
import { connectionAdvice } from './connection-advice.ts';
import { ENCODING_ADVICE, ENCODING_OF_DATABASE, encodingTrouble } from './encoding.ts';

/** An arbitrary number. It must never change, because every instance must ask for the same lock. */
const MIGRATION_LOCK = '7206951478063218';
/** How long an instance waits for the migrations of another one. */
const LOCK_TIMEOUT = '5min';
/** A migration may be silent for hours; whether the server still answers is asked beside it. */
const PULSE = { everyMs: 2_000, withinMs: 10_000 };

/**
 * @returns the names of the migrations that this call has run.
 * @throws StartError if the database cannot be used.
 */
export async function runMigrations(databaseUrl: string): Promise<string[]> {
  const dataSource = new DataSource({
    ...dataSourceOptions(databaseUrl),
    applicationName: 'user-webhooks migrations',
    poolSize: 3,
    // A migration may take longer than any statement of the running service.
    extra: KEEP_ALIVE,
  });
  const ended = new AbortController();
  try {
    await initialize(dataSource, databaseUrl, ended.signal);
    await answered(assertEncoding(dataSource, databaseUrl), databaseUrl, ended.signal);
    return await Promise.race([
      migrateAlone(dataSource),
      whileItAnswers(dataSource, databaseUrl, ended.signal),
    ]);
  } finally {
    ended.abort();
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

async function initialize(dataSource: DataSource, databaseUrl: string, signal: AbortSignal): Promise<void> {
  try {
    await answered(dataSource.initialize(), databaseUrl, signal);
  } catch (error) {
    throw startError(error, databaseUrl);
  }
}

async function assertEncoding(dataSource: DataSource, databaseUrl: string): Promise<void> {
  const [row] = await dataSource.query<{ encoding: string }[]>(`SELECT ${ENCODING_OF_DATABASE} AS encoding`);
  const trouble = encodingTrouble(row?.encoding ?? '');
  if (trouble === null) return;
  throw new StartError(
    `PostgreSQL at ${databaseAddress(databaseUrl)} cannot be used: ${trouble}. Way out: ${ENCODING_ADVICE}`,
  );
}

async function migrateAlone(dataSource: DataSource): Promise<string[]> {
  const holder = dataSource.createQueryRunner();
  try {
    await holder.query(`SET lock_timeout = '${LOCK_TIMEOUT}'`);
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const migrations = await dataSource.runMigrations();
    await holder.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    return migrations.map(({ name }) => name);
  } finally {
    await holder.release();
  }
}

/** Never resolves. @throws StartError once the server answers nothing any more. */
async function whileItAnswers(
  dataSource: DataSource,
  databaseUrl: string,
  signal: AbortSignal,
): Promise<never> {
  for (;;) {
    await answered(pulse(dataSource), databaseUrl, signal);
    await pause(PULSE.everyMs, null, { signal });
  }
}

/** Resolves when the server says something, be it a refusal. */
async function pulse(dataSource: DataSource): Promise<void> {
  while (dataSource.isInitialized) {
    try {
      await dataSource.query('SELECT 1');
      return;
    } catch (error) {
      const cause: unknown = error instanceof QueryFailedError ? error.driverError : causeOf(error);
      if (cause instanceof pg.DatabaseError) return;
      await pause(PULSE.everyMs);
    }
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : null;
}

async function answered(asked: Promise<unknown>, databaseUrl: string, signal: AbortSignal): Promise<void> {
  const late = pause(PULSE.withinMs, null, { signal }).then(() => {
    throw new StartError(
      `PostgreSQL at ${databaseAddress(databaseUrl)} did not answer within ${PULSE.withinMs / 1_000} seconds: see what it lacks, and start again`,
    );
  });
  await Promise.race([asked, late]);
}

/** What to do about a database that cannot be used. Any other error stays as it is. */
export function startError(error: unknown, databaseUrl: string): unknown {
  if (!(error instanceof DatabaseUnavailable)) return error;
  const address = databaseAddress(databaseUrl);
  return new StartError(
    `PostgreSQL at ${address} cannot be used (${error.reason}): ${connectionAdvice(error.cause, databaseUrl)}`,
    { cause: error.cause },
  );
}
