/**
 * A lock between processes. The system releases it when the holder dies, for whatever reason. It is an exclusive transaction
 * on a SQLite file. Node has no other lock of this kind. A lock file with a process id would need guesses.
 */
import { DatabaseSync } from 'node:sqlite';
import { waitFor, type Waiting } from './wait-for.ts';

const SQLITE_BUSY = 5;
/** Keeps each lock until it is released or the process ends. Otherwise garbage collection could close it earlier. */
const held = new Set<DatabaseSync>();

export type Release = () => void;

/** @returns null if another process holds the lock. */
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
