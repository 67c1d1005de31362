import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { dataSourceOptions } from './data-source.ts';
import { Pool, type PoolOptions } from './pool.ts';
import { DatabaseUnavailable } from './unavailable.ts';

/** AuthenticationOk and ReadyForQuery, as far as the protocol goes here. */
const WELCOME = Buffer.from('520000000800000000' + '5a0000000549', 'hex');

/** An ErrorResponse of 25006, then ReadyForQuery. */
const fields = Buffer.from('SERROR\0C25006\0Mcannot execute UPDATE in a read-only transaction\0\0');
const READ_ONLY = Buffer.concat([
  Buffer.from('E'),
  Buffer.from([0, 0, 0, fields.length + 4]),
  fields,
  Buffer.from('5a0000000549', 'hex'),
]);

let server: Server;
let connections: Socket[];
/** What was said on any connection, a text for each packet. */
let said: string[];
/** What is answered to statements. */
let answer: Buffer | null;

/** A server that lets everybody in and then answers nothing, as one whose host has gone, or always the same. */
beforeEach(async () => {
  connections = [];
  said = [];
  answer = null;
  server = createServer((socket) => {
    connections.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => said.push(bytes.toString('latin1')));
    socket.once('data', () => {
      socket.write(WELCOME);
      socket.on('data', () => {
        if (answer) socket.write(answer);
      });
    });
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
  expect(said[1]).toContain('SET statement_timeout = 10000; SET idle_in_transaction_session_timeout = 10000');
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

function poolOf(options: PoolOptions): Pool {
  const { port } = server.address() as AddressInfo;
  const pool = new Pool({ host: '127.0.0.1', port, user: 'u', ...options });
  pool.on('error', () => undefined);
  return pool;
}

it('ends a connection that was lost without a word: its statement fails, and the next one gets a new connection', async () => {
  const pool = poolOf({ max: 1, silentAtMostMs: 100 });
  for (const count of [1, 2]) {
    const client = await pool.connect();
    await expect(client.query('SELECT 1')).rejects.toThrow();
    client.release();
    expect(connections).toHaveLength(count);
  }
  await pool.end();
});

it('fails the next statement, and does not end the process, when a connection in use is lost between two statements', async () => {
  const pool = poolOf({ max: 1 });
  const client = await pool.connect();
  const ended = new Promise((resolve) => client.once('end', resolve));
  connections[0]?.destroy();
  await ended;
  await expect(client.query('SELECT 1')).rejects.toThrow();
  client.release();
  await pool.end();
});

it('lets go of all sessions that are as old as one that is read-only: after a failover their server is a standby', async () => {
  const pool = poolOf({ max: 3 });
  const [first, second, third] = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
  third.release();
  answer = READ_ONLY;
  await expect(first.query('UPDATE t SET c = 1')).rejects.toMatchObject({ code: '25006' });
  first.release();
  second.release();
  const anew = await Promise.all([pool.connect(), pool.connect(), pool.connect()]);
  expect(connections).toHaveLength(6);
  for (const client of anew) {
    expect([first, second, third]).not.toContain(client);
    client.release();
  }
  // They are used again.
  (await pool.connect()).release();
  expect(connections).toHaveLength(6);
  await pool.end();
});

it.each([
  ['a promise', (pool: Pool) => pool.end()],
  [
    'a callback',
    (pool: Pool) =>
      new Promise<void>((resolve) => {
        pool.end(resolve);
      }),
  ],
])('ends (%s) though a statement is not answered, which then fails', async (_how, end) => {
  const pool = poolOf({ max: 1 });
  const client = await pool.connect();
  const statement = client.query('SELECT 1').finally(() => {
    client.release();
  });
  await Promise.all([expect(statement).rejects.toThrow(), end(pool)]);
});
