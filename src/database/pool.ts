/**
 * The driver TypeORM gets: `pg`, with a pool that says `DatabaseUnavailable` when it cannot hand out a connection.
 * The pool's own errors (such as the one for its timeout) carry no code that could be told apart.
 *
 * A connection that is in use for longer than any work takes is lost, though nobody said so: the host behind it is gone,
 * and TCP would wait a quarter of an hour. It is ended, its work fails, and the next use makes a new one.
 *
 * Limits of a session are set once it is there. PgBouncer refuses a connection that names them in its first packet.
 */
import pg, { type ClientBase, type PoolClient, type PoolConfig } from 'pg';
import { DatabaseUnavailable } from './unavailable.ts';

type OnConnection = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;

export interface PoolOptions extends Omit<
  PoolConfig,
  'statement_timeout' | 'lock_timeout' | 'idle_in_transaction_session_timeout' | 'onConnect'
> {
  /** Milliseconds; without it a connection may be in use for ever. */
  readonly inUseAtMostMs?: number;
  /** Parameters of PostgreSQL and their values. They are set on each new connection before its first use. */
  readonly session?: Readonly<Record<string, number>>;
  readonly sessionSetWithinMs?: number;
}

export class Pool extends pg.Pool {
  constructor(options: PoolOptions = {}) {
    const { inUseAtMostMs, session = {}, sessionSetWithinMs = 5_000 } = options;
    const statements = Object.entries(session).map(([name, value]) => `SET ${name} = ${value}`);
    // The pool waits for the promise, although its types do not say so.
    const onConnect: (client: ClientBase) => unknown = (client) =>
      setUp(client, statements.join('; '), sessionSetWithinMs);
    super(statements.length === 0 ? options : { ...options, onConnect });
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

/** Ends a connection that a server accepted and then left without an answer. So nobody waits for it for ever. */
async function setUp(client: ClientBase, statements: string, withinMs: number): Promise<void> {
  const timer = setTimeout(() => {
    if (client instanceof pg.Client) client.end().catch(() => undefined);
  }, withinMs);
  try {
    await client.query(statements);
  } finally {
    clearTimeout(timer);
  }
}

export const driver = { ...pg, Pool };
