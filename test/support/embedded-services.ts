/**
 * Test-owned Kafka and Postgres on free ports with data in a temporary directory: for the whole run (`services.ts`) or
 * for one fault test, which may stop, start and kill its own.
 *
 * No process outlives the one that owns it: `close` stops everything, an exit kills what is left, the end of the run
 * what a test file left that hung or died, and the next run what a `kill -9` of this one left.
 */
import { chmodSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newClusterId, startKafka, type EmbeddedKafka, type KafkaOptions } from '../../dev/embedded-kafka.ts';
import { startPostgres, type EmbeddedPostgres, type PostgresOptions } from '../../dev/embedded-postgres.ts';
import { stopLeftover } from '../../dev/background-process.ts';
import { isErrno } from '../../dev/fault.ts';
import { freePort } from '../../dev/ports.ts';
import { outsidePlace } from '../../dev/postgres-place.ts';

const PREFIX = 'user-webhooks-test-';
/** The class path of the broker, shared by all runs. */
export const CACHE_DIR = fileURLToPath(new URL('../../node_modules/.cache/user-webhooks', import.meta.url));

export type TestServer<Server> = Server & { close(): Promise<void> };

/** A broker of one's own, with `stop`, `start`, `kill` and `close`, which also removes its data. */
export async function startTestKafka(
  options: Pick<KafkaOptions, 'security' | 'node' | 'heapMiB'> = {},
): Promise<TestServer<EmbeddedKafka>> {
  const home = temporaryHome();
  const plan = { ...options, home, port: await freePort(), cacheDir: CACHE_DIR };
  return owned(await startKafka(plan), home);
}

export interface TestCluster {
  /** In the form of `KAFKA_BROKERS`. */
  readonly brokers: string;
  readonly nodes: readonly TestServer<EmbeddedKafka>[];
  close(): Promise<void>;
}

/** Three brokers with three copies of each topic, two of which must be in sync. Small ones, as they share a machine. */
export async function startTestCluster(): Promise<TestCluster> {
  const clusterId = newClusterId();
  const controllerPorts = await Promise.all([freePort(), freePort(), freePort()]);
  const nodes = await Promise.all(
    controllerPorts.map((_, index) =>
      startTestKafka({ node: { id: index + 1, clusterId, controllerPorts }, heapMiB: 256 }),
    ),
  );
  return {
    brokers: nodes.map(({ brokers }) => brokers).join(','),
    nodes,
    close: async () => {
      await Promise.all(nodes.map((node) => node.kill()));
      await Promise.all(nodes.map((node) => node.close()));
    },
  };
}

/** A database server of one's own, with `stop`, `start`, `kill` and `close`, which also removes its data. */
export async function startTestPostgres(
  options: Pick<PostgresOptions, 'tls' | 'fsync'> = {},
): Promise<TestServer<EmbeddedPostgres>> {
  const home = temporaryHome();
  const plan = { ...options, home, port: await freePort(), database: 'user_webhooks' };
  return owned(await startPostgres(plan), home);
}

/** Stops and removes what killed runs have left and, at the end of this run, what its test files have. */
export async function removeLeftovers({ ofThisRun }: { ofThisRun: boolean }): Promise<void> {
  for (const name of readdirSync(tmpdir()).filter((entry) => entry.startsWith(PREFIX))) {
    const home = join(tmpdir(), name);
    const [owner = 0, parent = 0] = readOwner(home);
    if (isAlive(owner) && !(ofThisRun && [owner, parent].includes(process.pid))) continue;
    await stopLeftover(join(home, 'server.pid'), 'SIGKILL', 10_000);
    await removeHome(home);
  }
}

/** Names its owner: the process of the test file and the one of the run, which started it. */
function temporaryHome(): string {
  const home = mkdtempSync(join(tmpdir(), PREFIX));
  // The database may run as another account.
  chmodSync(home, 0o755);
  writeFileSync(join(home, 'owner'), `${process.pid} ${process.ppid}`);
  return home;
}

function readOwner(home: string): number[] {
  try {
    return readFileSync(join(home, 'owner'), 'utf8').split(' ').map(Number);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !isErrno(error, 'ESRCH');
  }
}

function owned<Server extends EmbeddedKafka | EmbeddedPostgres>(
  server: Server,
  home: string,
): TestServer<Server> {
  const killAtExit = (): void => {
    if (server.pid !== null) process.kill(server.pid, 'SIGKILL');
  };
  process.once('exit', killAtExit);
  const close = async (): Promise<void> => {
    await server.stop();
    process.off('exit', killAtExit);
    await removeHome(home);
  };
  return Object.defineProperties({ close } as TestServer<Server>, Object.getOwnPropertyDescriptors(server));
}

async function removeHome(home: string): Promise<void> {
  const outside = outsidePlace(home);
  if (outside !== null) await rm(outside, { recursive: true, force: true });
  await rm(home, { recursive: true, force: true });
}
