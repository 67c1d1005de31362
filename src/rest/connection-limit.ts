/**
 * Limits the connections of the HTTP server. If there are too many, a new one takes the place of the one that was unused
 * for longest: it is idle, or sends its request slowly. So strangers who hold connections open keep nobody out, not even
 * health checks. A connection whose request is being answered stays. If all are like that, the new one is closed.
 *
 * A client that sends many requests without waiting for answers is cut off: Node reads 64 KiB at once, which may be two
 * thousand requests, and hands out all of them before anything else has its turn.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Of one connection, under way at once. Clients that send ahead at all send a few. */
const SENT_AHEAD_AT_MOST = 16;

export class ConnectionLimit {
  /** The one that was of no use for longest comes first. */
  readonly #unused = new Set<Socket>();
  /** And by how many requests: a client may send the next before the answer. */
  readonly #inUse = new Map<Socket, number>();

  constructor(
    server: Server,
    private readonly most: number,
  ) {
    server.on('connection', (socket: Socket) => {
      this.#take(socket);
    });
    // In front of whoever works at requests.
    const workers = server.listeners('request');
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const { socket } = request;
      if ((this.#inUse.get(socket) ?? 0) >= SENT_AHEAD_AT_MOST) socket.destroy();
      if (socket.destroyed) return;
      this.#use(socket);
      response.once('close', () => {
        this.#giveBack(socket);
      });
      for (const work of workers) work.call(server, request, response);
    });
  }

  #take(socket: Socket): void {
    if (this.#unused.size + this.#inUse.size >= this.most) {
      const [oldest] = this.#unused;
      (oldest ?? socket).destroy();
      if (!oldest) return;
      this.#unused.delete(oldest);
    }
    this.#unused.add(socket);
    socket.once('close', () => {
      this.#unused.delete(socket);
      this.#inUse.delete(socket);
    });
  }

  #use(socket: Socket): void {
    this.#unused.delete(socket);
    this.#inUse.set(socket, (this.#inUse.get(socket) ?? 0) + 1);
  }

  #giveBack(socket: Socket): void {
    const requests = this.#inUse.get(socket);
    if (requests === undefined) return;
    if (requests > 1) {
      this.#inUse.set(socket, requests - 1);
      return;
    }
    this.#inUse.delete(socket);
    if (!socket.destroyed) this.#unused.add(socket);
  }
}
