/**
 * The driver TypeORM gets: `pg`, with a pool that says `DatabaseUnavailable` when it cannot hand out a connection.
 * The pool's own errors (such as the one for its timeout) carry no code that could be told apart.
 *
 * A connection that is lost while somebody has it, between two statements too, fails the statement that follows.
 *
 * It lets go of what is of no use any more. A connection in use on which nothing moves for longer than any statement
 * takes is lost, though nobody said so: the host behind it is gone, and TCP would wait a quarter of an hour. And when a
 * session turns out to be read-only, its server is the primary no more: it is ended, and so is every one that is as old.
 *
 * Limits of a session are set once it is there. PgBouncer refuses a connection that names them in its first packet.
 */
import { Socket } from 'node:net';
import pg, { type ClientBase, type PoolClient, type PoolConfig } from 'pg';
import { DatabaseUnavailable, READ_ONLY } from './unavailable.ts';

type OnConnection = (
  error: Error | undefined,
  client: PoolClient | undefined,
  release: (error?: Error | boolean) => void,
) => void;

export interface PoolOptions extends Omit<
  PoolConfig,
  'statement_timeout' | 'lock_timeout' | 'idle_in_transaction_session_timeout' | 'onConnect'
> {
  /** Milliseconds; without it a connection may be silent for ever. */
  readonly silentAtMostMs?: number;
  /** Parameters of PostgreSQL and their values, set on each new connection before it is used. */
  readonly session?: Readonly<Record<string, number | string>>;
  readonly sessionSetWithinMs?: number;
}

/** What those who still use a connection have to give it back, when the pool ends. */
const END_WITHIN_MS = 1_000;

export class Pool extends pg.Pool {
  readonly #madeAt = new WeakMap<PoolClient, number>();
  readonly #inUse = new Set<PoolClient>();
  /** Sessions that were made before belong to a server that takes no writes. */
  #usefulSince = -Infinity;

  constructor(options: PoolOptions = {}) {
    const { silentAtMostMs, session = {}, sessionSetWithinMs = 5_000 } = options;
    const statements = Object.entries(session).map(([name, value]) => `SET ${name} = ${value}`);
    // The pool waits for the promise, although its types do not say so.
    const onConnect: (client: ClientBase) => unknown = (client) =>
      setUp(client, statements.join('; '), sessionSetWithinMs);
    super(statements.length === 0 ? options : { ...options, onConnect });
    this.on('connect', (client) => {
      this.#madeAt.set(client, performance.now());
      // While it is in use the pool does not listen, and an error that nobody listens to ends the process.
      client.on('error', () => undefined);
      this.#watch(client, silentAtMostMs);
    });
    this.on('acquire', (client) => this.#inUse.add(client));
    this.on('release', (_error, client) => this.#inUse.delete(client));
  }

  override connect(): Promise<PoolClient>;
  override connect(callback: OnConnection): void;
  override connect(callback?: OnConnection): Promise<PoolClient> | undefined {
    if (!callback) return this.#connect();
    super.connect((error, client, release) => {
      if (!client || this.#isUseful(client)) {
        callback(error && new DatabaseUnavailable(error), client, release);
        return;
      }
      release(true);
      this.connect(callback);
    });
    return undefined;
  }

  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: () => void): Promise<void> | undefined {
    const timer = setTimeout(() => {
      for (const client of this.#inUse) cutOff(client);
    }, END_WITHIN_MS);
    const ended = super.end().finally(() => {
      clearTimeout(timer);
    });
    if (!callback) return ended;
    ended.then(callback, callback);
    return undefined;
  }

  async #connect(): Promise<PoolClient> {
    try {
      const client = await super.connect();
      if (this.#isUseful(client)) return client;
      client.release(true);
    } catch (error) {
      throw new DatabaseUnavailable(error);
    }
    return this.#connect();
  }

  #isUseful(client: PoolClient): boolean {
    return (this.#madeAt.get(client) ?? 0) > this.#usefulSince;
  }

  #watch(client: PoolClient, silentAtMostMs: number | undefined): void {
    if (!(client instanceof pg.Client)) return;
    const { connection } = client;
    // An answer of the server, before whoever asked hears of it.
    connection.prependListener('errorMessage', ({ code }: { code?: string }) => {
      if (code === READ_ONLY) this.#usefulSince = performance.now();
    });
    if (silentAtMostMs === undefined || !(connection.stream instanceof Socket)) return;
    connection.stream.setTimeout(silentAtMostMs, () => {
      if (this.#inUse.has(client)) cutOff(client);
    });
  }
}

/** Its statement fails, as do all that follow on it. */
function cutOff(client: PoolClient): void {
  if (!(client instanceof pg.Client)) return;
  client.end().catch(() => undefined);
  client.connection.stream.destroy();
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
