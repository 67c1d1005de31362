/**
 * One connection, for one request at a time. Told to carry a request while it tells the end of another one, it sends that
 * without the timers that watch over an idle connection. undici makes the connection anew when it turns out closed before
 * a request is written.
 */
import { Client, errors, type buildConnector, type Dispatcher } from 'undici';
import type { Connecting, Dial } from './connecting.ts';
import { Reading, unfit } from './reading.ts';
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

export type ConnectionOptions = Omit<
  Client.Options,
  'connect' | 'keepAliveTimeout' | 'keepAliveMaxTimeout'
> & {
  readonly dial: Dial;
  /** Unused for so long it is closed, also where the receiver would keep it longer. */
  readonly idleMs: number;
  /** So old it is not used again: the name of its receiver may lead elsewhere by now. Some end a fifth sooner. */
  readonly lifetimeMs: number;
};

export interface Owner {
  /** It can carry another request. */
  free(connection: Connection): void;
  /** It is closed, or not to be used again. */
  done(connection: Connection): void;
  /** Its receiver has sent what answers no request. */
  unasked(connection: Connection): void;
}

export class Connection implements Dispatcher.DispatchHandler {
  readonly origin: string;
  readonly #client: Client;
  readonly #owner: Owner;
  /** Of the request under way. */
  #handler: RequestHandler | null = null;
  #reset = false;
  #reading: Reading | null = null;
  #writing: Writing | null = null;
  /** By `performance.now()`. */
  #oldAt = Infinity;

  constructor(origin: string, options: ConnectionOptions, owner: Owner) {
    const { dial, idleMs, lifetimeMs, ...others } = options;
    this.origin = origin;
    this.#owner = owner;
    const connect: buildConnector.connector = (target, connected) => {
      const connecting = dial(target, (...outcome) => {
        const [, socket] = outcome;
        if (socket) {
          this.#reading = new Reading(socket, () => {
            owner.unasked(this);
          });
          this.#writing = new Writing(socket, this.#reading);
          // Not all at once, where many were made at once.
          this.#oldAt = performance.now() + lifetimeMs * (1 - Math.random() / 5);
        }
        connected(...outcome);
      });
      if (connecting) this.#handler?.onConnecting(connecting);
    };
    this.#client = new Client(origin, {
      ...others,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      connect,
    });
    this.#client.on('disconnect', (_origin, _clients, error) => {
      // A request under way is told by itself.
      if (this.#handler === null) owner.done(this);
      // What follows an answer in one piece with it, undici sees.
      if (isOfAnswers(error) && this.#reading?.isBetweenAnswers) owner.unasked(this);
    });
  }

  get isOld(): boolean {
    return performance.now() >= this.#oldAt;
  }

  dispatch(options: RequestOptions, handler: RequestHandler): void {
    this.#handler = handler;
    this.#reset = options.reset;
    this.#reading?.requestBegins();
    this.#client.dispatch(options, this);
  }

  /** Ends it as soon as its request is answered. */
  close(): void {
    void this.#client.close();
  }

  /** Ends it; the request under way fails. */
  async destroy(): Promise<void> {
    await this.#client.destroy();
  }

  onRequestStart(controller: Controller): void {
    // What is left to write of the request before would come first. That TLS has written is known only by now.
    if (this.#writing?.isDone === false) {
      controller.abort(unfit('the request before was not written whole when it was answered'));
      return;
    }
    this.#writing?.requestBegins();
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
    this.#reading?.answerEnds();
    if (this.#reset) this.#owner.done(this);
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

/** Whether undici ended the connection for what it read. */
function isOfAnswers(error: Error): boolean {
  return error instanceof errors.SocketError || error instanceof errors.HTTPParserError;
}
