/**
 * A real receiver of webhooks on a free loopback port: records every request as it came and answers as the test says
 * (200 unless told otherwise).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** Names and values in turn, as on the wire. */
  readonly rawHeaders: readonly string[];
  readonly body: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** What was answered; null while, or if, nothing was. */
  status: number | null;
}

export type Answering = (request: ReceivedRequest, response: ServerResponse) => void | Promise<void>;

export class Receiver {
  readonly requests: ReceivedRequest[] = [];
  answer: Answering = (_request, response) => void response.end('ok');
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port = 0): Promise<Receiver> {
    const server = createServer();
    const receiver = new Receiver(server);
    server.on('request', (request, response) => void receiver.#receive(request, response));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return receiver;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  url(path = '/'): string {
    return `http://127.0.0.1:${this.port}${path}`;
  }

  /** The requests of one path. */
  of(path: string): ReceivedRequest[] {
    return this.requests.filter((request) => request.path === path);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const received: ReceivedRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      rawHeaders: request.rawHeaders,
      body: Buffer.concat(chunks).toString(),
      at: Date.now(),
      status: null,
    };
    this.requests.push(received);
    response.on('finish', () => (received.status = response.statusCode));
    await this.answer(received, response);
  }
}
