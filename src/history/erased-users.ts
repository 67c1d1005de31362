/**
 * Users who were erased from the history. The results topic still has their results. When an older part of it is read
 * again, these results are left out. Only a SHA-256 of the name and the time of erasing are kept.
 *
 * Writers hold a shared lock, and erasing holds an exclusive one. So either the erasing sees a written row, or the writer
 * knows that the user was erased.
 */
import { hash } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { RecordedAttempt } from './read-attempt.ts';

/** An arbitrary number, the same in every process. */
const LOCK = '7206951478063220';
export const LOCK_TO_ERASE = `SELECT pg_advisory_xact_lock(${LOCK})`;
const LOCK_TO_WRITE = `SELECT pg_advisory_xact_lock_shared(${LOCK})`;
/** Times of erasing only go up, because only one erasing runs at a time. */
const SINCE = 'SELECT username_hash, erased_at FROM erased_users WHERE erased_at >= $1';
const HASHED = /^[0-9a-f]{64}$/;

export class ErasedUsers {
  readonly #erasedAt = new Map<string, number>();
  #knownTo = new Date(0);

  /** Call it in the writing transaction, before the write. */
  async update(client: PoolClient): Promise<void> {
    await client.query(LOCK_TO_WRITE);
    const { rows } = await client.query<{ username_hash: string; erased_at: Date }>(SINCE, [this.#knownTo]);
    for (const { username_hash, erased_at } of rows) {
      this.#erasedAt.set(username_hash, erased_at.getTime());
      if (erased_at > this.#knownTo) this.#knownTo = erased_at;
    }
  }

  includes({ username, started_at }: Pick<RecordedAttempt, 'username' | 'started_at'>): boolean {
    if (this.#erasedAt.size === 0 || username === null) return false;
    const startedAt = Date.parse(started_at);
    return hashesOf(username).some((one) => startedAt <= (this.#erasedAt.get(one) ?? -Infinity));
  }
}

/** The hashes under which a user may be known. A result has the name or its hash. */
export function hashesOf(username: string): string[] {
  const hashed = hash('sha256', username);
  return HASHED.test(username) ? [username, hashed] : [hashed];
}
