import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useFreshConnections } from './fresh-connection.ts';

interface Connection {
  readonly socket: Socket;
  connect(): Promise<true>;
  disconnect(): Promise<true>;
  send(exchange: unknown): Promise<{ apiVersions: unknown[] }>;
  isConnected(): boolean;
}

const require = createRequire(import.meta.url);
const Connection = require('kafkajs/src/network/connection') as new (options: object) => Connection;
const { protocol } = require('kafkajs/src/protocol/requests/apiVersions') as {
  protocol: (options: { version: number }) => () => unknown;
};

const log = { namespace: () => log, debug: () => undefined, error: () => undefined, warn: () => undefined };

/** The answer to a request for the API versions, version 0: one of them. */
function answerTo(request: Buffer): Buffer {
  const answer = Buffer.alloc(20);
  answer.writeInt32BE(16, 0);
  answer.writeInt32BE(request.readInt32BE(8), 4);
  answer.writeInt32BE(1, 10);
  answer.writeInt16BE(18, 14);
  return answer;
}

let server: Server;
let connection: Connection;
const sockets: Socket[] = [];
let cutOff: (socket: Socket) => void;

beforeEach(async () => {
  useFreshConnections();
  sockets.length = 0;
  server = createServer((socket) => {
    sockets.push(socket);
    const first = sockets.length === 1;
    socket.on('error', () => undefined);
    socket.on('data', (request: Buffer) => {
      if (!first) socket.write(answerTo(request));
      else
        socket.write(answerTo(request).subarray(0, 9), () => {
          cutOff(socket);
        });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  connection = new Connection({
    host: '127.0.0.1',
    port,
    logger: log,
    rack: null,
    connectionTimeout: 5_000,
    requestTimeout: 2_000,
    enforceRequestTimeout: true,
    socketFactory: (require('kafkajs/src/network/socketFactory') as () => unknown)(),
  });
});

afterEach(async () => {
  await connection.disconnect();
  for (const socket of sockets) socket.destroy();
  server.close();
});

it.each([
  ['reset', (socket: Socket) => socket.resetAndDestroy()],
  ['ended', (socket: Socket) => socket.end()],
])(
  'a connection that was %s in the middle of an answer is of use again: its half stayed before all that came later',
  async (_how, cut) => {
    cutOff = cut;
    await connection.connect();
    await expect(connection.send(protocol({ version: 0 })())).rejects.toThrow();
    await vi.waitFor(() => {
      expect(connection.isConnected()).toBe(false);
    });
    await connection.connect();
    const { apiVersions } = await connection.send(protocol({ version: 0 })());
    expect(apiVersions).toHaveLength(1);
  },
);

it('one that is let go again and again while its broker is away keeps nothing of it', async () => {
  cutOff = (socket) => socket.end();
  server.close();
  await connection.connect().catch(() => undefined);
  const { socket } = connection;
  await vi.waitFor(() => {
    expect(socket.closed).toBe(true);
  });
  const before = socket.listenerCount('connect');
  for (let time = 0; time < 12; time += 1) await connection.disconnect();
  expect(socket.listenerCount('connect')).toBe(before);
});

it('a connection that two ask for at once is made once: the first of them waited for ever', async () => {
  cutOff = () => undefined;
  await Promise.all([connection.connect(), connection.connect()]);
  expect(sockets).toHaveLength(1);
  await connection.disconnect();
  await expect(connection.connect()).resolves.toBe(true);
});
