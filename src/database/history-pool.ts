/**
 * The connections of the history, apart from those of the deliveries, which it must not hold up. They are `pg`'s own:
 * what it runs are a few prepared statements for thousands of rows each.
 *
 * What it writes is written with the offset up to which it was read. So it may be lost together in a crash of the server,
 * and no commit waits for the disk.
 */
import { Logger } from '@nestjs/common';
import { dataSourceOptions } from './data-source.ts';
import { Pool, type PoolOptions } from './pool.ts';

export function historyPool(databaseUrl: string): Pool {
  const options = dataSourceOptions(databaseUrl, 'history');
  const { url, ssl, poolSize, connectTimeoutMS, applicationName } = options;
  const { session, ...others } = options.extra as PoolOptions;
  const pool = new Pool({
    ...others,
    connectionString: url,
    ssl: ssl as PoolOptions['ssl'],
    max: poolSize,
    connectionTimeoutMillis: connectTimeoutMS,
    application_name: `${applicationName ?? ''} history`,
    session: { ...session, synchronous_commit: 'off', jit: 'off' },
  });
  const logger = new Logger('Database');
  pool.on('error', (error) => {
    logger.warn(`An idle connection to PostgreSQL was lost: ${error.message}`);
  });
  return pool;
}
