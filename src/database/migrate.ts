/**
 * Brings the schema up to date. Replicas may start together: a Postgres advisory lock lets one of them migrate while
 * the others wait, then find nothing left to do (TypeORM itself takes no lock). A database that cannot be used is one
 * sentence that names host and port, never the password.
 */
import { DataSource } from 'typeorm';
import { StartError } from '../config/start-error.ts';
import { databaseAddress, dataSourceOptions } from './data-source.ts';
import { DatabaseUnavailable } from './unavailable.ts';
import { connectionAdvice } from './connection-advice.ts';

/** Any constant will do, as long as it stays the same: every replica must ask for the same lock. */
const MIGRATION_LOCK = '7206951478063218';
/** How long a replica waits for another one's migrations. */
const LOCK_TIMEOUT = '5min';

/**
 * @returns the names of the migrations that were run now.
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
    `Postgres at ${address} cannot be used (${error.reason}): ${connectionAdvice(error.cause, databaseUrl)}`,
    { cause: error.cause },
  );
}
