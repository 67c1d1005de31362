import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ChangeListener } from './change-listener.ts';

/** AuthenticationOk and ReadyForQuery, as far as the protocol goes here. */
const WELCOME = Buffer.from('520000000800000000' + '5a0000000549', 'hex');

function message(type: string, ...parts: (string | Buffer)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const head = Buffer.from(`${type}    `);
  head.writeInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
}

const READY = message('Z', 'I');
const LISTENING = Buffer.concat([message('C', 'LISTEN\0'), READY]);

/** The answer to `SHOW transaction_read_only`: one column of text, one row. */
function shown(value: string): Buffer {
  const column = Buffer.from('0000000000000000' + '0019' + 'ffff' + 'ffffffff' + '0000', 'hex');
  const description = message('T', Buffer.from([0, 1]), 'transaction_read_only\0', column);
  const row = message('D', Buffer.from([0, 1, 0, 0, 0, value.length]), value);
  return Buffer.concat([description, row, message('C', 'SHOW\0'), READY]);
}

let server: Server;
let connections: Socket[];
/** What the sessions answer that are asked whether they are read-only, in turn; null: nothing. */
let answers: (Buffer | null)[];
let listener: ChangeListener;
let changes: number;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  connections = [];
  answers = [];
  changes = 0;
  server = createServer((socket) => {
    connections.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => {
      socket.write(WELCOME);
      socket.on('data', (bytes) => {
        if (bytes.includes('LISTEN')) socket.write(LISTENING);
        const answer = bytes.includes('SHOW') ? answers.shift() : null;
        if (answer) socket.write(answer);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  listener = new ChangeListener(`postgres://u@127.0.0.1:${port}/d?sslmode=disable`, () => (changes += 1));
});

afterEach(async () => {
  vi.useRealTimers();
  await listener.close();
  for (const socket of connections) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

it.each([
  ['answers nothing any more', null],
  ['belongs to a server that is the primary no more', shown('on')],
])('a session that %s is left, and everything is loaded again', async (_what, answer) => {
  answers = [shown('off'), answer, shown('off')];
  await listener.start();
  expect([connections.length, changes]).toEqual([1, 1]);
  for (let passedMs = 0; passedMs < 20_000 && connections.length < 2; passedMs += 500) {
    // As the check of the webhooks does.
    void listener.caughtUp();
    await vi.advanceTimersByTimeAsync(500);
    // Bytes travel in real time.
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  }
  await vi.waitFor(() => {
    expect([connections.length, changes]).toEqual([2, 2]);
  });
  expect(answers).toHaveLength(1);
});

it('a server that takes the connection and says nothing does not hold up the start', async () => {
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => connections.push(socket));
  const started = vi.fn();
  void listener.start().then(started);
  await vi.advanceTimersByTimeAsync(5_000);
  await vi.waitFor(() => {
    expect(started).toHaveBeenCalled();
  });
});
