/**
 * The driver TypeORM gets: `pg`, with a pool that says `DatabaseUnavailable` when it cannot hand out a connection.
 * The pool's own errors (such as the one for its timeout) carry no code that could be told apart.
 *
 * A connection that is in use for longer than any work takes is lost, though nobody said so: the host behind it is gone,
 * and TCP would wait a quarter of an hour. It is ended, its work fails, and the next use makes a new one.
 */
import pg, { type PoolClient, type PoolConfig } from 'pg';
import { DatabaseUnavailable } from './unavailable.ts';

type OnConnection = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;

export interface PoolOptions extends PoolConfig {
  /** Milliseconds; without it a connection may be in use for ever. */
  readonly inUseAtMostMs?: number;
}

export class Pool extends pg.Pool {
  constructor(options: PoolOptions = {}) {
    super(options);
    const { inUseAtMostMs } = options;
    if (inUseAtMostMs === undefined) return;
    const timers = new WeakMap<object, NodeJS.Timeout>();
    this.on('acquire', (client) => {
      timers.set(
        client,
        setTimeout(() => {
          if (client instanceof pg.Client) client.end().catch(() => undefined);
        }, inUseAtMostMs),
      );
    });
    this.on('release', (_error, client) => {
      clearTimeout(timers.get(client));
    });
  }

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
