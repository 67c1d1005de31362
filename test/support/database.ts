/** A database of its own for each test file, on the Postgres of the run. */
import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { createDatabaseIfMissing, withClient } from '../../dev/embedded-postgres.ts';

export interface TestDatabase {
  /** As for `DATABASE_URL`. */
  readonly url: string;
  /** Cuts off who is still connected. */
  drop(): Promise<void>;
}

export async function createDatabase(serverUrl: string = inject('databaseUrl')): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await createDatabaseIfMissing(serverUrl, name);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () =>
      withClient(serverUrl, async (client) => {
        await client.query(`DROP DATABASE IF EXISTS ${client.escapeIdentifier(name)} WITH (FORCE)`);
      }),
  };
}
