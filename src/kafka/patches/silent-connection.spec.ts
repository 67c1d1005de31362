import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useFreshConnections } from './fresh-connection.ts';
import { endSilentConnections } from './silent-connection.ts';

interface Exchange {
  readonly request: { readonly apiKey: number };
}

interface Connection {
  connect(): Promise<true>;
  disconnect(): Promise<true>;
  send(exchange: Exchange): Promise<unknown>;
  isConnected(): boolean;
}

const require = createRequire(import.meta.url);
const Connection = require('kafkajs/src/network/connection') as new (options: object) => Connection;
const { protocol } = require('kafkajs/src/protocol/requests/apiVersions') as {
  protocol: (options: { version: number }) => () => Exchange;
};

const log = { namespace: () => log, debug: () => undefined, error: () => undefined, warn: () => undefined };
const PATIENCE_MS = { connection: 300, request: 900 };
const METADATA = 3;
const PRODUCE = 0;

/** An API-versions request under the name of another one, as only its key matters here. */
function request(apiKey: number): Exchange {
  const exchange = protocol({ version: 0 })();
  return { ...exchange, request: { ...exchange.request, apiKey } };
}

let server: Server;
let connection: Connection;
const sockets: Socket[] = [];
let onRequest: (socket: Socket, correlationId: Buffer) => void;

beforeEach(async () => {
  useFreshConnections();
  endSilentConnections();
  sockets.length = 0;
  onRequest = () => undefined;
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      onRequest(socket, bytes.subarray(8, 12));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  connection = new Connection({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    logger: log,
    connectionTimeout: PATIENCE_MS.connection,
    requestTimeout: PATIENCE_MS.request,
    socketFactory: (require('kafkajs/src/network/socketFactory') as () => unknown)(),
  });
  await connection.connect();
});

afterEach(async () => {
  await connection.disconnect();
  for (const socket of sockets) socket.destroy();
  server.close();
});

it('a connection on which a request is not answered is ended, and with it all that waits there', async () => {
  const refused = { name: 'KafkaJSConnectionClosedError', host: '127.0.0.1' };
  await Promise.all([
    expect(connection.send(request(METADATA))).rejects.toMatchObject(refused),
    expect(connection.send(request(PRODUCE))).rejects.toMatchObject(refused),
  ]);
  expect(connection.isConnected()).toBe(false);
  await vi.waitFor(() => {
    expect(sockets[0]?.closed).toBe(true);
  });
  await connection.connect();
  expect(sockets).toHaveLength(2);
});

it('one that is not even set up is an error of the connection, so that another broker is tried', async () => {
  const sent = connection.send(protocol({ version: 0 })());
  await expect(sent).rejects.toMatchObject({ name: 'KafkaJSConnectionError' });
});

it('an answer that waits for other brokers has longer', async () => {
  const from = performance.now();
  await expect(connection.send(request(PRODUCE))).rejects.toThrow();
  expect(performance.now() - from).toBeGreaterThanOrEqual(PATIENCE_MS.request);
});

it('an answer that comes slowly is no silence', async () => {
  const answer = Buffer.alloc(20);
  answer.writeInt32BE(16, 0);
  answer.writeInt32BE(1, 10);
  answer.writeInt16BE(18, 14);
  onRequest = (socket, correlationId) => {
    correlationId.copy(answer, 4);
    let sent = 0;
    const trickle = setInterval(() => {
      socket.write(answer.subarray(sent, (sent += 1)));
      if (sent === answer.length) clearInterval(trickle);
    }, PATIENCE_MS.connection / 6);
  };
  await expect(connection.send(request(METADATA))).resolves.toMatchObject({ apiVersions: [{ apiKey: 18 }] });
});

it('what this process sleeps through is not counted', async () => {
  const sent = connection.send(request(METADATA));
  let failed = false;
  sent.catch(() => (failed = true));
  await vi.waitFor(() => {
    expect(sockets).toHaveLength(1);
  });
  const until = performance.now() + 2 * PATIENCE_MS.connection;
  while (performance.now() < until);
  await new Promise((resolve) => setTimeout(resolve, 1));
  await new Promise((resolve) => setImmediate(resolve));
  expect(failed).toBe(false);
  await expect(sent).rejects.toThrow();
});
