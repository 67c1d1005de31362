/**
 * A lock between processes that the system releases when its holder dies, however it dies: an exclusive transaction
 * on a SQLite file. Node has no other lock of that kind, and a lock file with a process id needs guessing.
 */
import { DatabaseSync } from 'node:sqlite';
import { waitFor, type Waiting } from './wait-for.ts';

const SQLITE_BUSY = 5;
/** Held for as long as the process lives or until released; the collection must not close one earlier. */
const held = new Set<DatabaseSync>();

export type Release = () => void;

/** Null when another process holds it. */
export function tryLock(file: string): Release | null {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return null;
    throw error;
  }
  held.add(database);
  return () => {
    if (held.delete(database)) database.close();
  };
}

export async function lock(file: string, waiting: Waiting): Promise<Release> {
  return waitFor(() => tryLock(file), waiting);
}
