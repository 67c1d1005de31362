/**
 * Looks at a database without changing anything: version, migrations, rights and clock. The session is read-only, so that
 * not even a mistake writes. TypeORM's own look at migrations would make their table.
 */
import type { PoolClient } from 'pg';
import { databaseConnection } from '../config/database-url.ts';
import { ENCODING_OF_DATABASE } from './encoding.ts';
import { startError } from './migrate.ts';
import { MIGRATIONS } from './migrations/list.ts';
import { Pool } from './pool.ts';

const TIMEOUT_MS = 5_000;

export interface DatabaseFacts {
  /** Such as 180001. */
  readonly versionNumber: number;
  readonly isReadOnly: boolean;
  readonly user: string;
  /** Of the database, such as UTF8. */
  readonly encoding: string;
  /** Whether there are no tables yet. */
  readonly isEmpty: boolean;
  /** Migrations of this release that have not run. */
  readonly pending: readonly string[];
  /** Migrations that this release does not know. */
  readonly unknown: readonly string[];
  readonly mayCreate: boolean;
  /** Such as `DELETE from retries`. */
  readonly denied: readonly string[];
  readonly clock: { readonly aheadMs: number; readonly uncertainMs: number };
}

// What the session was before it was made read-only.
const SERVER = `
  SELECT current_setting('server_version_num')::int AS "versionNumber", current_user AS "user",
    ${ENCODING_OF_DATABASE} AS encoding,
    pg_is_in_recovery() OR EXISTS (
      SELECT FROM pg_settings WHERE name = 'default_transaction_read_only' AND reset_val = 'on') AS "isReadOnly",
    coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS "mayCreate",
    to_regclass('migrations') IS NULL AS "isEmpty"`;
const RUN = 'SELECT name FROM migrations';
const DENIED = `
  SELECT privilege || ' ' || relname AS denied
  FROM pg_class, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
  WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
    AND NOT has_table_privilege(pg_class.oid, privilege)
  ORDER BY relname, privilege`;
const NOW = 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now';

/** @throws StartError with what to do where no connection can be made. */
export async function readOnly<Result>(
  databaseUrl: string,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const { connectionString, ssl } = databaseConnection(databaseUrl);
  const pool = new Pool({
    connectionString,
    ssl,
    max: 1,
    application_name: 'user-webhooks doctor',
    connectionTimeoutMillis: TIMEOUT_MS,
    silentAtMostMs: 2 * TIMEOUT_MS,
    session: { default_transaction_read_only: 'on', statement_timeout: TIMEOUT_MS },
  });
  pool.on('error', () => undefined);
  try {
    const client = await pool.connect();
    try {
      return await work(client);
    } finally {
      client.release();
    }
  } catch (error) {
    throw startError(error, databaseUrl);
  } finally {
    void pool.end();
  }
}

export async function inspectDatabase(client: PoolClient): Promise<DatabaseFacts> {
  type Server = Pick<
    DatabaseFacts,
    'versionNumber' | 'user' | 'encoding' | 'isReadOnly' | 'mayCreate' | 'isEmpty'
  >;
  const { rows } = await client.query<Server>(SERVER);
  const [server] = rows;
  if (!server) throw new Error('a query without FROM answers one row');
  const run = server.isEmpty ? [] : (await client.query<{ name: string }>(RUN)).rows.map(({ name }) => name);
  const known = MIGRATIONS.map(({ name }) => name);
  const { rows: denied } = await client.query<{ denied: string }>(DENIED);
  return {
    ...server,
    pending: known.filter((name) => !run.includes(name)),
    unknown: run.filter((name) => !known.includes(name)),
    denied: denied.map((row) => row.denied),
    clock: await clockOf(client),
  };
}

/** When exactly it was asked is not known: between sending and answer. */
async function clockOf(client: PoolClient): Promise<DatabaseFacts['clock']> {
  const sentAt = Date.now();
  const { rows } = await client.query<{ now: number }>(NOW);
  const answeredAt = Date.now();
  const uncertainMs = (answeredAt - sentAt) / 2;
  return { aheadMs: Math.round((rows[0]?.now ?? NaN) - (sentAt + uncertainMs)), uncertainMs };
}
