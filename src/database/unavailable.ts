/**
 * Decides whether an error means that the database is unavailable, or that a statement is wrong.
 *
 * Unavailable means: the connection was lost or refused, the server is shutting down, recovering or full, or a statement
 * ran out of time. These are no bugs, and the caller may try again. The decision goes by error class and SQLSTATE, never
 * by message text.
 */
import pg from 'pg';
import { QueryFailedError, QueryRunnerAlreadyReleasedError } from 'typeorm';

/** No connection to PostgreSQL could be made. `pool.ts` throws it. `cause` is the driver's error. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
  readonly reason: string;

  constructor(cause: unknown) {
    const reason = describe(cause);
    super(`No connection to PostgreSQL: ${reason}`, { cause });
    this.reason = reason;
  }
}

/** The session may not write: its server has become a standby. */
export const READ_ONLY = '25006';

/** SQLSTATEs outside classes 08 (connection exceptions) and 53 (no disk, memory or connection left) that say "not now". */
const NOT_NOW = new Set([
  READ_ONLY,
  '55P03', // lock_timeout
  '57014', // statement_timeout
  '57P01', // an administrator ended the session
  '57P02', // crash of another session
  '57P03', // starting up or shutting down
]);

/** What an error of the database means for a caller of the REST API; null for any other error. */
export function databaseProblem(error: unknown): {
  code: 'service_unavailable';
  detail: string;
  params: { unavailable: 'database' };
  logged: 'warn';
} | null {
  if (!isDatabaseUnavailable(error)) return null;
  const detail = 'The database is not available at the moment. Try again later.';
  return { code: 'service_unavailable', detail, params: { unavailable: 'database' }, logged: 'warn' };
}

export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailable) return true;
  // TypeORM throws this if the connection breaks between two statements of a transaction.
  if (error instanceof QueryRunnerAlreadyReleasedError) return true;
  if (!(error instanceof QueryFailedError)) return false;
  const cause: unknown = error.driverError;
  if (cause instanceof pg.DatabaseError) {
    return cause.code !== undefined && (/^(08|53)/.test(cause.code) || NOT_NOW.has(cause.code));
  }
  // The driver's own errors have no SQLSTATE: the connection ended before an answer. But a TypeError is a bug of ours.
  return !(cause instanceof TypeError || cause instanceof RangeError);
}

/** The class of SQLSTATE for deadlocks and conflicts of transactions. The same statement may succeed the next time. */
const CONFLICTS = '40';

/**
 * Whether PostgreSQL, or its driver, refuses a statement as it is. Trying it again changes nothing. The values may be wrong, or
 * the table is another than the statement expects.
 */
export function isDatabaseRefusal(error: unknown): error is QueryFailedError {
  if (!(error instanceof QueryFailedError)) return false;
  const cause: unknown = error.driverError;
  if (!(cause instanceof pg.DatabaseError)) return !isDatabaseUnavailable(error);
  return cause.code !== undefined && !isDatabaseUnavailable(error) && !cause.code.startsWith(CONFLICTS);
}

/** The driver's error, for people. If several addresses refuse, Node throws an error without a message but with a code. */
function describe(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.message !== '') return cause.message;
  return 'code' in cause ? String(cause.code) : cause.name;
}
