/** Receivers that answer before they have read all of a request, as they do when it is too large for them. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exchange, newSender, outcomeOf, send } from '../../test/support/sending.ts';
import { AUTHORITY, TRUSTED } from '../../test/support/test-authority.ts';
import type { Sender } from './sender.ts';

const PROCESS = fileURLToPath(new URL('../../test/support/early-receiver.ts', import.meta.url));
/** More than all buffers on the way hold, so that a write may fail before the answer is read. */
const VERY_LARGE = 20_000_000;
/** As large as events come. */
const LARGE = 900_000;

let sender: Sender;
const open: { close: () => unknown }[] = [];

beforeEach(() => {
  sender = newSender();
});

afterEach(async () => {
  await sender.close();
  for (const one of open.splice(0).reverse()) await one.close();
});

/** Says this on every connection and closes it, which resets it as not all was read. */
async function receiverElsewhere(text: string): Promise<string> {
  const child = fork(PROCESS, [text]);
  open.push({ close: () => child.kill() });
  const [port] = (await once(child, 'message')) as [number];
  return `http://127.0.0.1:${port}`;
}

async function receiver(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({ close: () => server.close() });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Of a receiver that reads the first bytes of a request, and no more. */
function onceAsked(behave: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    open.push({ close: () => socket.destroy() });
    socket
      .on('error', () => undefined)
      .once('readable', () => {
        socket.read(1);
        behave(socket);
      });
  };
}

const ANSWERS = [
  ['413', 'HTTP/1.1 413 X\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno'],
  ['410', 'HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n'],
  ['503', 'HTTP/1.1 503 X\r\n\r\nuntil it closes'],
  ['429', 'HTTP/1.1 429 X\r\nConnection: close\r\nContent-Length: 1000\r\n\r\ncut off'],
  ['400', 'HTTP/1.1 400 X\r\nContent-Length: 1000\r\n\r\ncut off'],
  ['202', 'HTTP/1.1 202 X\r\nContent-Length: 0\r\n\r\n'],
] as const;

describe('an answer that comes before a large body is sent', () => {
  it.each(ANSWERS)('keeps its status %s', async (status, text) => {
    const origin = await receiverElsewhere(text);
    for (const size of [VERY_LARGE, LARGE]) {
      const body = Buffer.alloc(size, 'a');
      for (let time = 0; time < 50; time += 1) expect(await send(sender, origin, { body })).toBe(status);
    }
  });

  it.each(ANSWERS)('keeps its status %s over TLS', async (status, text) => {
    const server = createTlsServer(
      TRUSTED,
      onceAsked((socket) => socket.write(text, () => socket.destroy())),
    );
    const origin = `https://${await receiver(server)}`;
    for (const size of [VERY_LARGE, LARGE]) {
      const values = { body: Buffer.alloc(size, 'a'), caCertificates: AUTHORITY };
      expect(await send(sender, origin, values)).toBe(status);
    }
  });
});

describe('an answer that is cut short by the end of its connection', () => {
  it('says that it is, so that what is cut off of a secret is masked', async () => {
    const origin = await receiverElsewhere('HTTP/1.1 500 X\r\nContent-Length: 100\r\n\r\nTOP-SEC');
    const result = await exchange(sender, origin);
    expect('answer' in result && [result.answer.body.toString(), result.answer.cut]).toEqual([
      'TOP-SEC',
      true,
    ]);
  });

  it('is no success', async () => {
    const origin = await receiverElsewhere('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf');
    for (const size of [VERY_LARGE, LARGE, 2])
      expect(await send(sender, origin, { body: Buffer.alloc(size, 'a') })).toContain('connection_reset: ');
  });
});

describe('a connection whose request is not written whole when it is answered', () => {
  it('carries no other one', async () => {
    let connections = 0;
    const accept = onceAsked((socket) => socket.write('HTTP/1.1 413 X\r\nContent-Length: 0\r\n\r\n'));
    const server = createServer((socket) => {
      connections += 1;
      accept(socket);
    });
    const origin = `http://${await receiver(server)}`;
    const first = await exchange(sender, origin, { body: Buffer.alloc(VERY_LARGE, 'a') });
    expect(outcomeOf(first)).toBe('413');
    expect(await send(sender, origin)).toBe('413');
    expect(connections).toBe(2);
  });
});
