import { createServer, get, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../test/support/eventually.ts';
import { ConnectionLimit } from './connection-limit.ts';

const MOST = 10;

let server: Server;
let port: number;
let unanswered: ServerResponse[];
let clients: Socket[];

beforeEach(async () => {
  unanswered = [];
  clients = [];
  server = createServer((request, response) => {
    if (request.url === '/waits') unanswered.push(response);
    else response.end('ok');
  });
  new ConnectionLimit(server, MOST);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});

afterEach(() => {
  for (const client of clients) client.destroy();
  server.closeAllConnections();
  server.close();
});

async function connection(text = ''): Promise<Socket> {
  const client = connect(port, '127.0.0.1').on('error', () => undefined);
  clients.push(client);
  await new Promise((resolve) => client.once('connect', resolve));
  if (text !== '') client.write(text);
  return client.resume();
}

const open = (): Socket[] => clients.filter(({ readyState }) => readyState === 'open');

function status(): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

describe('connections beyond the limit', () => {
  it.each([
    ['say nothing', ''],
    ['never end the head of their request', 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow: '],
    ['are kept alive', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ])('that %s make room for others, the oldest first: health could not be reached', async (_, text) => {
    for (let count = 0; count < 5 * MOST; count += 1) await connection(text);
    await eventually(() => {
      expect(open()).toEqual(clients.slice(-MOST));
    });
    expect(await status()).toBe(200);
  });

  it('are closed themselves while all others wait for their answers', async () => {
    for (let count = 0; count < MOST; count += 1) await connection('GET /waits HTTP/1.1\r\nHost: a\r\n\r\n');
    await eventually(() => {
      expect(unanswered).toHaveLength(MOST);
    });
    await expect(status()).rejects.toThrow();
    expect(open()).toHaveLength(MOST);
    unanswered[0]?.end();
    await eventually(async () => {
      expect(await status()).toBe(200);
    });
  });

  it('leave one alone that waits for the second of two answers', async () => {
    const client = await connection(
      'GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /waits HTTP/1.1\r\nHost: a\r\n\r\n',
    );
    await eventually(() => {
      expect(unanswered).toHaveLength(1);
    });
    for (let count = 0; count < 2 * MOST; count += 1) await connection();
    await eventually(() => {
      expect(open()).toHaveLength(MOST);
    });
    expect(client.readyState).toBe('open');
  });
});

it('a connection with two thousand requests in one piece is cut off: they were all worked at in one turn', async () => {
  const client = await connection('GET /waits HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2_000));
  await eventually(() => {
    expect(client.destroyed).toBe(true);
  });
  expect(unanswered.length).toBeLessThan(17);
  expect(await status()).toBe(200);
});

it('a connection with a few requests in one piece gets all answers', async () => {
  const client = await connection();
  let answers = '';
  client.on('data', (bytes: Buffer) => (answers += bytes.toString()));
  client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(10));
  await eventually(() => {
    expect(answers.match(/HTTP\/1.1 200/g)).toHaveLength(10);
  });
});
