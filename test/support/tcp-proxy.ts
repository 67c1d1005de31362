/** A TCP proxy in front of a server, to make its network fail in ways that stopping the server does not. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export class TcpProxy {
  readonly #sockets = new Set<Socket>();
  readonly #lost = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  /** @param seen gets what clients send, as it passes. */
  static async to(
    target: { host: string; port: number },
    seen: (bytes: Buffer) => void = () => undefined,
  ): Promise<TcpProxy> {
    const server = createServer();
    const proxy = new TcpProxy(server);
    server.on('connection', (client) => {
      client.on('data', seen);
      proxy.#join(client, connect(target));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /**
   * Every connection of now goes silent for good, without being closed, as when a host or a router in between is gone.
   * New connections work.
   */
  loseConnections(): void {
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
      this.#lost.add(socket);
    }
    this.#sockets.clear();
  }

  async close(): Promise<void> {
    for (const socket of [...this.#sockets, ...this.#lost]) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #join(client: Socket, server: Socket): void {
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        if (this.#sockets.delete(one)) other.destroy();
      });
      one.pipe(other);
    }
  }
}
