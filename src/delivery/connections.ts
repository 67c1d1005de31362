/**
 * The connections of all requests that trust the same certificate authorities. Each one carries one request at a time, and
 * is then kept for a while for the next request to the same origin. Their number is limited, because the lanes limit the
 * requests under way. If sockets are short, idle connections are closed.
 *
 * undici's own pool is not used. It looks at every connection of an origin twice per request. With a thousand requests to
 * one receiver, that costs more than all the rest of sending.
 */
import {
  Connection,
  type ConnectionOptions,
  type RequestHandler,
  type RequestOptions,
} from './connection.ts';
import type { IdleSockets, SocketLimit } from './socket-limit.ts';

/**
 * A receiver that has sent data without a request gets a new connection for each request during this time. Otherwise
 * late data could be taken for the answer to the next request.
 */
const DISTRUST_MS = 10 * 60_000;
/** With more, the origin that was distrusted first is forgotten. */
const MAX_DISTRUSTED = 1_000;

export class Connections implements IdleSockets {
  /** By origin. The connection used last is used next, so that those that are too many become old and are closed. */
  readonly #idle = new Map<string, Connection[]>();
  readonly #all = new Set<Connection>();
  /** By origin, until when it is distrusted (a time of `performance.now()`). */
  readonly #distrusted = new Map<string, number>();
  readonly #options: ConnectionOptions;
  readonly #sockets: SocketLimit;

  constructor(options: ConnectionOptions, sockets: SocketLimit) {
    this.#options = options;
    this.#sockets = sockets;
    sockets.add(this);
  }

  dispatch(options: RequestOptions, handler: RequestHandler): void {
    const { origin } = options;
    const reset = options.reset || (this.#distrusted.size > 0 && this.#distrusts(origin));
    const idle = reset ? null : this.#takeIdle(origin);
    const connection = idle ?? this.#open(origin);
    if (idle) this.#sockets.use.reused += 1;
    else this.#sockets.use.opened += 1;
    connection.dispatch(reset ? { ...options, reset } : options, handler);
  }

  /** Closes an idle connection: the one of some origin that was idle for longest. */
  closeOne(): boolean {
    for (const [, [oldest]] of this.#idle) {
      if (!oldest) continue;
      this.#drop(oldest);
      return true;
    }
    return false;
  }

  /** Closes all connections as soon as their requests are answered. */
  close(): void {
    for (const connection of this.#takeAll()) connection.close();
  }

  /** Closes all connections at once. Requests under way fail. */
  async destroy(): Promise<void> {
    await Promise.all(this.#takeAll().map((connection) => connection.destroy()));
  }

  #distrusts(origin: string): boolean {
    const until = this.#distrusted.get(origin) ?? 0;
    if (performance.now() < until) return true;
    this.#distrusted.delete(origin);
    return false;
  }

  #distrust(origin: string): void {
    this.#distrusted.delete(origin);
    this.#distrusted.set(origin, performance.now() + DISTRUST_MS);
    const [oldest] = this.#distrusted.keys();
    if (this.#distrusted.size > MAX_DISTRUSTED && oldest !== undefined) this.#distrusted.delete(oldest);
  }

  #takeIdle(origin: string): Connection | null {
    for (;;) {
      const connection = this.#idle.get(origin)?.pop();
      if (!connection) return null;
      this.#sockets.use.idle -= 1;
      if (!connection.isOld) return connection;
      this.#drop(connection);
    }
  }

  #open(origin: string): Connection {
    this.#sockets.take();
    const connection = new Connection(origin, this.#options, {
      free: (free) => {
        this.#keep(free);
      },
      done: (done) => {
        this.#drop(done);
      },
      unsolicited: () => {
        this.#distrust(origin);
      },
    });
    this.#all.add(connection);
    return connection;
  }

  #keep(connection: Connection): void {
    if (!this.#all.has(connection)) return;
    this.#sockets.use.idle += 1;
    const idle = this.#idle.get(connection.origin);
    if (idle) idle.push(connection);
    else this.#idle.set(connection.origin, [connection]);
  }

  #drop(connection: Connection): void {
    if (!this.#all.delete(connection)) return;
    this.#sockets.giveBack();
    connection.close();
    const idle = this.#idle.get(connection.origin) ?? [];
    const at = idle.lastIndexOf(connection);
    if (at >= 0) {
      idle.splice(at, 1);
      this.#sockets.use.idle -= 1;
    }
    if (idle.length === 0) this.#idle.delete(connection.origin);
  }

  #takeAll(): Connection[] {
    const all = [...this.#all];
    this.#sockets.giveBack(all.length);
    this.#sockets.remove(this);
    for (const idle of this.#idle.values()) this.#sockets.use.idle -= idle.length;
    this.#all.clear();
    this.#idle.clear();
    return all;
  }
}
