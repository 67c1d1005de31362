/**
 * Says what to do if no connection to PostgreSQL can be made. Goes by the error codes of PostgreSQL and of TLS. Names
 * settings, never their values.
 */
import { databaseConnection } from '../config/database-url.ts';
import { tlsTrouble } from '../config/tls-trouble.ts';

const PEER = {
  name: 'the server',
  ca: 'the sslrootcert of DATABASE_URL',
  host: 'DATABASE_URL',
  cert: 'sslcert and sslkey in DATABASE_URL',
  off: 'sslmode=disable there',
};

export function connectionAdvice(cause: unknown, databaseUrl: string): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const encrypted = Boolean(databaseConnection(databaseUrl).ssl);
  switch (code) {
    case '28P01': // invalid_password
      return 'correct the user or the password in DATABASE_URL';
    case '28000': // invalid_authorization_specification: pg_hba.conf does not let this connection in
      return encrypted
        ? 'the server does not let this user in from here: check its pg_hba.conf, and sslcert and sslkey in DATABASE_URL if it asks for a client certificate'
        : 'the server does not let this user in from here without TLS: put sslmode=verify-full and the sslrootcert into DATABASE_URL, or check its pg_hba.conf';
    case '': // the driver's own errors have no code
      return `check DATABASE_URL and that PostgreSQL is running there${encrypted ? ' with TLS' : ''}`;
    default:
      return tlsTrouble(code, PEER) ?? 'check DATABASE_URL and that PostgreSQL is running there';
  }
}
