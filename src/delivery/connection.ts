/**
 * One connection, which carries one request at a time. If it gets its next request while it reports the end of the last
 * one, it needs no idle timers in between. If it is closed before a request is written, undici opens it again.
 *
 * It tells its owner when it is free, when it must not be used again, and when its receiver sends data without a request.
 */
import { Client, errors, type buildConnector, type Dispatcher } from 'undici';
import type { PendingConnection, Dial } from './dial.ts';
import { ReceiverSocket, unusable } from './receiver-socket.ts';

export interface RequestOptions extends Dispatcher.DispatchOptions {
  readonly origin: string;
  /** Whether the request has a connection of its own, which no other request uses before or after it. */
  readonly reset: boolean;
}

type Controller = Dispatcher.DispatchController;
type Headers = Record<string, string | string[] | undefined>;

/** Gets what happens to one request. */
export interface RequestHandler {
  /** A connection is being opened for it. */
  onConnecting(connecting: PendingConnection): void;
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
  /** An idle connection is closed after this time, even if the receiver would keep it longer. */
  readonly idleMs: number;
  /** A connection of this age is not used again: its receiver may have a new address. Some end up to a fifth sooner. */
  readonly lifetimeMs: number;
};

export interface Owner {
  /** The connection can carry another request. */
  free(connection: Connection): void;
  /** The connection is closed, or must not be used again. */
  done(connection: Connection): void;
  /** The receiver has sent data that answers no request. */
  unsolicited(connection: Connection): void;
}

export class Connection implements Dispatcher.DispatchHandler {
  readonly origin: string;
  readonly #client: Client;
  readonly #owner: Owner;
  /** The handler of the request under way. */
  #handler: RequestHandler | null = null;
  #reset = false;
  #socket: ReceiverSocket | null = null;
  /** A time of `performance.now()`. */
  #oldAt = Infinity;

  constructor(origin: string, options: ConnectionOptions, owner: Owner) {
    const { dial, idleMs, lifetimeMs, ...others } = options;
    this.origin = origin;
    this.#owner = owner;
    const connect: buildConnector.connector = (target, connected) => {
      const connecting = dial(target, (...outcome) => {
        const [, socket] = outcome;
        if (socket) {
          this.#socket = new ReceiverSocket(socket, () => {
            owner.unsolicited(this);
          });
          // At random, so that connections that were opened together do not end together.
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
      // A request under way gets its own error.
      if (this.#handler === null) owner.done(this);
      // Unsolicited data that comes in one piece with an answer is seen only by undici, which then ends the connection.
      if (isOfAnswers(error) && this.#socket?.isBetweenAnswers) owner.unsolicited(this);
    });
  }

  get isOld(): boolean {
    return performance.now() >= this.#oldAt;
  }

  dispatch(options: RequestOptions, handler: RequestHandler): void {
    this.#handler = handler;
    this.#reset = options.reset;
    this.#socket?.taken();
    this.#client.dispatch(options, this);
  }

  /** Closes the connection as soon as its request is answered. */
  close(): void {
    void this.#client.close();
  }

  /** Closes the connection at once. A request under way fails. */
  async destroy(): Promise<void> {
    await this.#client.destroy();
  }

  onRequestStart(controller: Controller): void {
    // The rest of the previous request would be written first. With TLS it is known only now whether there is a rest.
    if (this.#socket?.isWritten === false) {
      controller.abort(unusable('the previous request was answered before all of it was sent'));
      return;
    }
    this.#socket?.requestBegins();
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
    this.#socket?.answerEnds();
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

/** Whether undici ended the connection because of what it read. */
function isOfAnswers(error: Error): boolean {
  return error instanceof errors.SocketError || error instanceof errors.HTTPParserError;
}
