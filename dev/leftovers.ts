/** Stops what a `kill -9` of `npm start` left running on a data directory: first the service, then the servers. */
import { join } from 'node:path';
import { stopLeftover } from './background-process.ts';

const SERVERS_STOP_WITHIN_MS = 20_000;
const DRAIN_WITHIN_MS = 30_000;

/** The caller must hold the lock of the data directory. */
export async function stopLeftovers(dataDir: string): Promise<void> {
  await stopLeftover(servicePidFile(dataDir), 'SIGTERM', DRAIN_WITHIN_MS);
  await Promise.all([
    stopLeftover(join(kafkaHome(dataDir), 'server.pid'), 'SIGTERM', SERVERS_STOP_WITHIN_MS),
    stopLeftover(join(postgresHome(dataDir), 'server.pid'), 'SIGINT', SERVERS_STOP_WITHIN_MS),
  ]);
}

export function servicePidFile(dataDir: string): string {
  return join(dataDir, 'service.pid');
}

export function kafkaHome(dataDir: string): string {
  return join(dataDir, 'kafka');
}

export function postgresHome(dataDir: string): string {
  return join(dataDir, 'postgres');
}
