import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Pool } from './pool.ts';

/** AuthenticationOk and ReadyForQuery, as far as the protocol goes here. */
const WELCOME = Buffer.from('520000000800000000' + '5a0000000549', 'hex');

let server: Server;
let connections: Socket[];

/** A server that lets everybody in and then answers nothing, as one whose host has gone. */
beforeEach(async () => {
  connections = [];
  server = createServer((socket) => {
    connections.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(WELCOME));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  for (const socket of connections) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
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
