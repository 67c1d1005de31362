/**
 * Which encoding the database must have. In another one, PostgreSQL refuses the deliveries of users whose names or events it
 * cannot hold. So they could not wait for a retry, and would be given up.
 */
export const ENCODING = 'UTF8';

export const ENCODING_OF_DATABASE = "current_setting('server_encoding')";

/** @returns what is wrong; null if the encoding is right. */
export function encodingTrouble(encoding: string): string | null {
  return encoding === ENCODING
    ? null
    : `its database has the encoding ${encoding}, which cannot hold the names of all users`;
}

export const ENCODING_ADVICE = `make a database with CREATE DATABASE … ENCODING '${ENCODING}' LOCALE 'C' TEMPLATE template0, bring the data there with pg_dump if there is any, and name it in DATABASE_URL`;
