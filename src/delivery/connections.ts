/**
 * The connections of requests that trust the same certificate authorities, by origin. Each carries one request at a
 * time and is kept for the next; there is no limit to their number, as the lanes have one for requests.
 *
 * undici's own pool looks at every connection of an origin twice per request, which makes that the dearest part of
 * sending once a thousand requests to one receiver are under way.
 */
import { Client, type buildConnector, type Dispatcher } from 'undici';
import type { Connecting, Dial } from './connecting.ts';
import { Reading } from './reading.ts';
import { Writing } from './writing.ts';

export interface RequestOptions extends Dispatcher.DispatchOptions {
  readonly origin: string;
  /** Whether it has a connection of its own, that no other request uses before or after it. */
  readonly reset: boolean;
}

type Controller = Dispatcher.DispatchController;
type Headers = Record<string, string | string[] | undefined>;

/** Sees one request through. */
export interface RequestHandler {
  /** A connection is begun for it. */
  onConnecting(connecting: Connecting): void;
  onRequestStart(controller: Controller): void;
  onResponseStart(controller: Controller, statusCode: number, headers: Headers): void;
  onResponseData(controller: Controller, chunk: Buffer): void;
  onResponseEnd(): void;
  onResponseError(controller: Controller | null, error: Error): void;
}

export type ConnectionOptions = Omit<Client.Options, 'connect'> & { readonly dial: Dial };

export class Connections {
  /** The one that was used last is used next: what is too many grows old and is closed. */
  readonly #idle = new Map<string, Connection[]>();
  readonly #all = new Set<Connection>();
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** @throws what undici finds wrong with the options. */
  dispatch(options: RequestOptions, handler: RequestHandler): void {
    const { origin, reset } = options;
    const connection = (reset ? undefined : this.#idle.get(origin)?.pop()) ?? this.#open(origin);
    connection.dispatch(options, handler);
  }

  /** Ends the connections as soon as their requests are answered. */
  close(): void {
    for (const connection of this.#takeAll()) void connection.client.close();
  }

  /** Ends all connections; the requests that are under way fail. */
  async destroy(): Promise<void> {
    await Promise.all(this.#takeAll().map(({ client }) => client.destroy()));
  }

  #open(origin: string): Connection {
    const connection = new Connection(origin, this.#options, {
      free: (free) => {
        this.#keep(free);
      },
      done: (done) => {
        this.#drop(done);
      },
    });
    this.#all.add(connection);
    return connection;
  }

  #keep(connection: Connection): void {
    if (!this.#all.has(connection)) return;
    const idle = this.#idle.get(connection.origin);
    if (idle) idle.push(connection);
    else this.#idle.set(connection.origin, [connection]);
  }

  #drop(connection: Connection): void {
    if (!this.#all.delete(connection)) return;
    void connection.client.close();
    const idle = this.#idle.get(connection.origin) ?? [];
    const at = idle.lastIndexOf(connection);
    if (at >= 0) idle.splice(at, 1);
    if (idle.length === 0) this.#idle.delete(connection.origin);
  }

  #takeAll(): Connection[] {
    const all = [...this.#all];
    this.#all.clear();
    this.#idle.clear();
    return all;
  }
}

interface Owner {
  /** It can carry another request. */
  free(connection: Connection): void;
  /** It is closed, or not to be used again. */
  done(connection: Connection): void;
}

/**
 * One connection. Told to carry a request while it tells the end of another one, it sends that without the timers that
 * watch over an idle connection. undici makes the connection anew when it turns out closed before a request is written.
 */
class Connection implements Dispatcher.DispatchHandler {
  readonly origin: string;
  readonly client: Client;
  readonly #owner: Owner;
  /** Of the request under way. */
  #handler: RequestHandler | null = null;
  #reset = false;
  #reading: Reading | null = null;
  #writing: Writing | null = null;

  constructor(origin: string, { dial, ...options }: ConnectionOptions, owner: Owner) {
    this.origin = origin;
    this.#owner = owner;
    const connect: buildConnector.connector = (target, connected) => {
      const connecting = dial(target, (...outcome) => {
        const [, socket] = outcome;
        if (socket) {
          this.#reading = new Reading(socket);
          this.#writing = new Writing(socket);
        }
        connected(...outcome);
      });
      if (connecting) this.#handler?.onConnecting(connecting);
    };
    this.client = new Client(origin, { ...options, connect });
    this.client.on('disconnect', () => {
      // A request under way is told by itself.
      if (this.#handler === null) owner.done(this);
    });
  }

  dispatch(options: RequestOptions, handler: RequestHandler): void {
    this.#handler = handler;
    this.#reset = options.reset;
    this.#reading?.requestBegins();
    this.client.dispatch(options, this);
  }

  onRequestStart(controller: Controller): void {
    this.#reading?.expectAnswer();
    this.#handler?.onRequestStart(controller);
  }

  onResponseStart(controller: Controller, statusCode: number, headers: Headers): void {
    this.#handler?.onResponseStart(controller, statusCode, headers);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#handler?.onResponseData(controller, chunk);
  }

  onResponseEnd(): void {
    const handler = this.#handler;
    this.#handler = null;
    // What is left to write of a request would come before the next one.
    if (this.#reset || !this.#writing?.isDone) this.#owner.done(this);
    else this.#owner.free(this);
    handler?.onResponseEnd();
  }

  onResponseError(controller: Controller | null, error: Error): void {
    const handler = this.#handler;
    this.#handler = null;
    this.#owner.done(this);
    handler?.onResponseError(controller, error);
  }
}
