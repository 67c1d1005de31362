/** A receiver that answers with raw bytes, for everything a well-behaved HTTP server would not do. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** Called once per request, when all of it has come. */
export type Behaviour = (socket: Socket, requestsOnThisSocket: number) => void;

export class RawReceiver {
  readonly requests: string[] = [];
  readonly #sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    public behave: Behaviour,
  ) {}

  static async start(behave: Behaviour): Promise<RawReceiver> {
    const server = createServer();
    const receiver = new RawReceiver(server, behave);
    server.on('connection', (socket) => {
      receiver.#accept(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    let pending = '';
    let count = 0;
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1');
      for (let end = endOfRequest(pending); end > 0; end = endOfRequest(pending)) {
        this.requests.push(pending.slice(0, end));
        pending = pending.slice(end);
        count += 1;
        this.behave(socket, count);
      }
    });
  }
}

/** Where the first request ends, 0 while it has not. */
function endOfRequest(bytes: string): number {
  const head = bytes.indexOf('\r\n\r\n');
  if (head < 0) return 0;
  const length = Number(/content-length: (\d+)/i.exec(bytes.slice(0, head))?.[1] ?? 0);
  return bytes.length >= head + 4 + length ? head + 4 + length : 0;
}
