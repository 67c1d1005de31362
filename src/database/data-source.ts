/**
 * The options of the connections to PostgreSQL: pools, limits and names. Only migrations change the schema; entities never
 * do.
 *
 * REST and the deliveries each have a pool. So slow lists of webhooks cannot keep a delivery from being stored.
 */
import { Logger } from '@nestjs/common';
import type { DataSourceOptions } from 'typeorm';
import { databaseConnection } from '../config/database-url.ts';
import { MIGRATIONS } from './migrations/list.ts';
import { Throttle } from '../logging/throttle.ts';
import { driver, type PoolOptions } from './pool.ts';

const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** The server ends a statement before; one that has not been answered by then will not be. */
const SILENT_AT_MOST_MS = STATEMENT_TIMEOUT_MS + 2_000;
/** Node would leave it to the system, which begins after two hours. */
export const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };
/** `docs/operating.md` tells their sum, with the one that listens. */
const POOL_SIZES = { rest: 8, deliveries: 6 };

/** The name of the DataSource for deliveries. The one for REST has no name. */
export const FOR_DELIVERIES = 'deliveries';

export type PostgresOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

export function dataSourceOptions(
  databaseUrl: string,
  purpose: keyof typeof POOL_SIZES = 'rest',
): PostgresOptions {
  const logger = new Logger('Database');
  const said = new Throttle();
  const { connectionString, ssl } = databaseConnection(databaseUrl);
  return {
    type: 'postgres',
    url: connectionString,
    ssl,
    driver,
    applicationName: 'user-webhooks',
    poolSize: POOL_SIZES[purpose],
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    // The next use makes a new connection, so the message alone is enough, without a stack.
    poolErrorHandler: (error: Error) => {
      const leftOut = said.mayBeSaid(error.message);
      if (leftOut !== null) logger.warn(`An idle connection to PostgreSQL was lost: ${error.message}`);
    },
    extra: {
      session: {
        statement_timeout: STATEMENT_TIMEOUT_MS,
        idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
      },
      ...KEEP_ALIVE,
      silentAtMostMs: SILENT_AT_MOST_MS,
    } satisfies PoolOptions,
    synchronize: false,
    migrationsRun: false,
    migrations: MIGRATIONS,
    migrationsTransactionMode: 'each',
    installExtensions: false,
    // TypeORM's logger would print parameters, which hold secrets.
    logging: false,
  };
}

/** Host and port of a connection string, for messages. Leaves out user and password. */
export function databaseAddress(databaseUrl: string): string {
  const url = URL.parse(databaseUrl);
  const host = url?.searchParams.get('host') ?? url?.hostname ?? '';
  const port = url?.searchParams.get('port') ?? url?.port ?? '';
  return `${host === '' ? 'localhost' : host}:${port === '' ? '5432' : port}`;
}
