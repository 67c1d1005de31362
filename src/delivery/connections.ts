/**
 * The connections of requests that trust the same certificate authorities, by origin. Each carries one request at a
 * time and is kept for the next, for a while. Their number is bounded by that of requests under way, which the lanes
 * bound; those that are idle make room for others where sockets are short.
 *
 * undici's own pool looks at every connection of an origin twice per request, which makes that the dearest part of
 * sending once a thousand requests to one receiver are under way.
 */
import {
  Connection,
  type ConnectionOptions,
  type RequestHandler,
  type RequestOptions,
} from './connection.ts';
import type { IdleSockets, SocketLimit } from './socket-limit.ts';

/**
 * For so long, a receiver that has sent what answers no request has a connection for each of them: what comes too late
 * to be told from the next answer is then taken for none.
 */
const DISTRUST_MS = 10 * 60_000;
/** The ones that were distrusted first are forgotten. */
const MAX_DISTRUSTED = 1_000;

export class Connections implements IdleSockets {
  /** The one that was used last is used next: what is too many grows old and is closed. */
  readonly #idle = new Map<string, Connection[]>();
  readonly #all = new Set<Connection>();
  /** Origins, and until when by `performance.now()`. */
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

  /** Closes the one that was unused longest of some origin. */
  closeOne(): boolean {
    for (const [, [oldest]] of this.#idle) {
      if (!oldest) continue;
      this.#drop(oldest);
      return true;
    }
    return false;
  }

  /** Ends the connections as soon as their requests are answered. */
  close(): void {
    for (const connection of this.#takeAll()) connection.close();
  }

  /** Ends all connections; the requests that are under way fail. */
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
      unasked: () => {
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
