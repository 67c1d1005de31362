/**
 * An HTTP proxy on a free loopback port that knows CONNECT alone, as the operator of `DELIVERY_PROXY` would run one.
 * Whatever name it is asked for, it dials loopback.
 */
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { connect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Identity } from './test-authority.ts';

export class ConnectProxy {
  /** What it was asked for, as `host:port`. */
  readonly asked: string[] = [];
  /** Connections that came in. */
  connections = 0;
  /** `user:password`; null: anybody may. */
  credentials: string | null = null;
  /** Answers in place of a tunnel. */
  refusal: string | null = null;
  readonly #sockets = new Set<Duplex>();

  private constructor(private readonly server: Server) {}

  /** @param identity speaks TLS with it. */
  static async start(identity: Identity | null = null): Promise<ConnectProxy> {
    const server = identity ? createSecureServer(identity) : createServer();
    const proxy = new ConnectProxy(server);
    server.on('connect', (request, client: Duplex) => {
      proxy.#tunnel(request.url ?? '', request.headers['proxy-authorization'] ?? null, client);
    });
    server.on('connection', (socket: Socket) => {
      proxy.connections += 1;
      proxy.#keep(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #tunnel(authority: string, authorization: string | null, client: Duplex): void {
    this.asked.push(authority);
    this.#keep(client);
    const wanted = this.credentials && `Basic ${Buffer.from(this.credentials).toString('base64')}`;
    const refusal = authorization === wanted ? this.refusal : '407 Proxy Authentication Required';
    if (refusal !== null) {
      client.end(`HTTP/1.1 ${refusal}\r\ncontent-length: 0\r\n\r\n`);
      return;
    }
    const target = connect(Number(authority.split(':').at(-1)), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(client).pipe(target);
    });
    this.#keep(target);
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }
}
