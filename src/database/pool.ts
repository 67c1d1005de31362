/**
 * The driver TypeORM gets: `pg`, with a pool that says `DatabaseUnavailable` when it cannot hand out a connection.
 * The pool's own errors (such as the one for its timeout) carry no code that could be told apart.
 */
import pg, { type PoolClient } from 'pg';
import { DatabaseUnavailable } from './unavailable.ts';

type OnConnection = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;

class Pool extends pg.Pool {
  override connect(): Promise<PoolClient>;
  override connect(callback: OnConnection): void;
  override connect(callback?: OnConnection): Promise<PoolClient> | undefined {
    if (!callback) {
      return super.connect().catch((error: unknown) => {
        throw new DatabaseUnavailable(error);
      });
    }
    super.connect((error, client, release) => {
      callback(error && new DatabaseUnavailable(error), client, release);
    });
    return undefined;
  }
}

export const driver = { ...pg, Pool };
