/**
 * Brings the schema up to date. Instances may start at the same time. So an advisory lock lets one of them migrate while the
 * others wait; then these find nothing left to do. TypeORM itself takes no lock.
 *
 * If the database cannot be used, the error is one sentence with host and port, and without the password.
 */
import { DataSource } from 'typeorm';
import { StartError } from '../config/start-error.ts';
import { databaseAddress, dataSourceOptions } from './data-source.ts';
import { DatabaseUnavailable } from './unavailable.ts';
import { connectionAdvice } from './connection-advice.ts';

/** An arbitrary number. It must never change, because every instance must ask for the same lock. */
const MIGRATION_LOCK = '7206951478063218';
/** How long an instance waits for the migrations of another one. */
const LOCK_TIMEOUT = '5min';

/**
 * @returns the names of the migrations that this call has run.
 * @throws StartError if the database cannot be used.
 */
export async function runMigrations(databaseUrl: string): Promise<string[]> {
  const dataSource = new DataSource({
    ...dataSourceOptions(databaseUrl),
    applicationName: 'user-webhooks migrations',
    poolSize: 2,
    // A migration may take longer than any statement of the running service.
    extra: {},
  });
  try {
    await dataSource.initialize();
  } catch (error) {
    throw startError(error, databaseUrl);
  }
  try {
    return await migrateAlone(dataSource);
  } finally {
    await dataSource.destroy();
  }
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

function startError(error: unknown, databaseUrl: string): unknown {
  if (!(error instanceof DatabaseUnavailable)) return error;
  const address = databaseAddress(databaseUrl);
  return new StartError(
    `PostgreSQL at ${address} cannot be used (${error.reason}): ${connectionAdvice(error.cause, databaseUrl)}`,
    { cause: error.cause },
  );
}
