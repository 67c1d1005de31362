import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { dataSourceOptions } from './data-source.ts';
import { Pool, type PoolOptions } from './pool.ts';
import { DatabaseUnavailable } from './unavailable.ts';

/** AuthenticationOk and ReadyForQuery, as far as the protocol goes here. */
const WELCOME = Buffer.from('520000000800000000' + '5a0000000549', 'hex');

let server: Server;
let connections: Socket[];
/** What was said on any connection, a text for each packet. */
let said: string[];

/** A server that lets everybody in and then answers nothing, as one whose host has gone. */
beforeEach(async () => {
  connections = [];
  said = [];
  server = createServer((socket) => {
    connections.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => said.push(bytes.toString('latin1')));
    socket.once('data', () => socket.write(WELCOME));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  for (const socket of connections) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

/** Names and values behind length and version of the protocol, each ended by a zero. */
function startupParameters(packet: string): string[] {
  return packet
    .slice(8)
    .split('\0')
    .filter((_, index) => index % 2 === 0)
    .filter((name) => name !== '');
}

it('asks for no parameter at the start that PgBouncer refuses, and sets the limits of the session before its first use', async () => {
  const { port } = server.address() as AddressInfo;
  const options = dataSourceOptions(`postgres://u@127.0.0.1:${port}/d`);
  const pool = new Pool({
    connectionString: options.url,
    application_name: options.applicationName,
    ...(options.extra as PoolOptions),
  });
  pool.on('error', () => undefined);
  const failed = pool.connect().catch((error: unknown) => error);
  await vi.waitFor(() => {
    expect(said).toHaveLength(2);
  });
  expect(startupParameters(said[0] ?? '').toSorted()).toEqual([
    'application_name',
    'client_encoding',
    'database',
    'user',
  ]);
  expect(said[1]).toContain('SET statement_timeout = 30000; SET idle_in_transaction_session_timeout = 30000');
  connections[0]?.destroy();
  expect(await failed).toBeInstanceOf(DatabaseUnavailable);
  await pool.end();
});

it('is not held up by a server that lets it in and never sets the limits of the session', async () => {
  const pool = new Pool({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    user: 'u',
    session: { statement_timeout: 1 },
    sessionSetWithinMs: 100,
  });
  pool.on('error', () => undefined);
  await expect(pool.connect()).rejects.toThrow(DatabaseUnavailable);
  await pool.end();
});

it('ends a connection that was lost without a word: its statement fails, and the next one gets a new connection', async () => {
  const pool = new Pool({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    user: 'u',
    max: 1,
    inUseAtMostMs: 100,
  });
  pool.on('error', () => undefined);
  for (const count of [1, 2]) {
    const client = await pool.connect();
    await expect(client.query('SELECT 1')).rejects.toThrow();
    client.release();
    expect(connections).toHaveLength(count);
  }
  await pool.end();
});
