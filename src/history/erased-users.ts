/**
 * Users who were taken out of the history. The results topic still has them, so what is read again of the time before is
 * passed over. Kept is a SHA-256 of the name, and when.
 */
import { hash } from 'node:crypto';
import type { Pool } from 'pg';
import type { RecordedAttempt } from './read-attempt.ts';

const ALL = 'SELECT username_hash, erased_at FROM erased_users';
const HASHED = /^[0-9a-f]{64}$/;

export class ErasedUsers {
  #erasedAt = new Map<string, number>();

  async load(pool: Pick<Pool, 'query'>): Promise<void> {
    const { rows } = await pool.query<{ username_hash: string; erased_at: Date }>(ALL);
    this.#erasedAt = new Map(rows.map((row) => [row.username_hash, row.erased_at.getTime()]));
  }

  includes({ username, started_at }: Pick<RecordedAttempt, 'username' | 'started_at'>): boolean {
    if (this.#erasedAt.size === 0 || username === null) return false;
    const startedAt = Date.parse(started_at);
    return hashesOf(username).some((one) => startedAt <= (this.#erasedAt.get(one) ?? -Infinity));
  }
}

/** Under which hashes a user may be known: a result has the name, or its hash. */
export function hashesOf(username: string): string[] {
  const hashed = hash('sha256', username);
  return HASHED.test(username) ? [username, hashed] : [hashed];
}
