/** What receivers send byte by byte, and what the sender makes of it. */
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RawReceiver } from '../../test/support/raw-receiver.ts';
import { exchange, newSender, outcomeOf, requestTo, send } from '../../test/support/sending.ts';
import type { Sender } from './sender.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

let sender: Sender;
let raw: RawReceiver;
let origin: string;

beforeAll(async () => {
  sender = newSender();
  raw = await RawReceiver.start(() => undefined);
  ({ origin } = new URL(raw.url));
});

afterAll(async () => {
  await sender.close();
  await raw.close();
});

function answering(text: string): void {
  raw.behave = (socket) => void socket.write(text, 'latin1');
}

describe('a receiver may answer, by RFC 9110 and 9112, with', () => {
  it.each([
    ['a blank behind a length', `${OK}Content-Length: 2 \r\n\r\nok`],
    ['a tab behind a length', `${OK}Content-Length: 2\t\r\n\r\nok`],
    ['a length that is said twice', `${OK}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`],
    ['a folded header line', `${OK}X: a\r\n b\r\nContent-Length: 2\r\n\r\nok`],
    ['a folded length', `${OK}Content-Length:\r\n\t2\r\n\r\nok`],
    ['a folded coding', `${OK}Transfer-Encoding:\r\n chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`],
    ['a folded trailer', `${CHUNKED}2\r\nok\r\n0\r\nX: a\r\n b\r\n\r\n`],
    ['a blank in the line of a chunk', `${CHUNKED}2 ; a = "b"\r\nok\r\n0 \r\n\r\n`],
    ['an unsolicited 100', `HTTP/1.1 100 Continue\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`],
    ['two of them', `${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(2)}${OK}Content-Length: 2\r\n\r\nok`],
    ['one of HTTP/1.0', `HTTP/1.0 100 Continue\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`],
    [
      'a 103 that says it closes',
      `HTTP/1.1 103 Early Hints\r\nConnection: close\r\nLink: x\r\n y\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
    ],
    ['a 199, which nobody knows', `HTTP/1.1 199 X\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`],
    ['HTTP/1.2', 'HTTP/1.2 200 OK\r\nContent-Length: 2\r\n\r\nok'],
  ])('%s', async (_what, text) => {
    answering(text);
    for (let at = 0; at < 3; at += 1) {
      const result = await exchange(sender, origin);
      expect(outcomeOf(result)).toBe('200');
      if ('answer' in result) expect(result.answer.body.toString()).toBe('ok');
    }
  });

  it('header values, without the folds in them and the blanks behind them', async () => {
    answering(
      'HTTP/1.1 503 X\r\nRetry-After: Wed,\r\n 21 Oct 2015\r\n\t07:28:00 GMT \r\nContent-Length: 0\r\n\r\n',
    );
    const result = await exchange(sender, origin);
    expect('answer' in result && result.answer.headers['retry-after']).toBe('Wed, 21 Oct 2015 07:28:00 GMT');
  });
});

describe('the answer of a receiver is not valid', () => {
  it.each(['000', '001', '099'])('with status %s, and nothing ends by it', async (status) => {
    answering(`HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nok`);
    expect(await send(sender, origin)).toContain(
      `invalid_response: the answer is not valid HTTP: its status is ${status}`,
    );
  });

  it.each([
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status of letters', 'HTTP/1.1 2xx OK\r\n\r\n'],
    ['a blank before the first header', `${OK} X: y\r\n\r\n`],
    ['a blank before a colon', `${OK}Content-Length : 2\r\n\r\nok`],
    ['two lengths', `${OK}Content-Length: 2, 3\r\n\r\nok`],
    ['another version', 'HTTP/2 200 OK\r\n\r\n'],
    ['line feeds only', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok'],
    ['nothing but blanks for a length', `${OK}Content-Length: \r\n \r\n\r\nok`],
  ])('with %s, and what is said of it is never undefined', async (_what, text) => {
    answering(text);
    const outcome = await send(sender, origin);
    expect(outcome).toContain('invalid_response: the answer is not valid HTTP (');
    expect(outcome).not.toContain('undefined');
  });

  it('when it goes over to another protocol, whatever its headers', async () => {
    for (const headers of ['', 'Connection: upgrade\r\nUpgrade: websocket\r\n']) {
      answering(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`);
      expect(await send(sender, origin)).toBe(
        'connection_reset: the receiver went over to another protocol (101), which it was not asked for',
      );
    }
  });
});

describe('a receiver that answers twice', () => {
  const ONE = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';
  const OTHER = 'HTTP/1.1 500 Late\r\nContent-Length: 0\r\n\r\n';

  let sockets: Set<Socket>;
  let twice: RawReceiver;

  beforeEach(async () => {
    sockets = new Set();
    twice = await RawReceiver.start((socket) => {
      sockets.add(socket);
      socket.write(ONE);
    });
  });

  afterEach(async () => {
    await twice.close();
  });

  /** @param later when the next request is sent after the end of an answer, behind which another one has come. */
  function askedAgain(later: (then: () => void) => void): Promise<string> {
    return new Promise((resolve) => {
      sender.send(requestTo(new URL(twice.url).origin), () => {
        // Nothing more is read in this turn of the event loop.
        for (const socket of sockets) socket.write(OTHER);
        later(() => {
          sender.send(requestTo(new URL(twice.url).origin), (result) => {
            resolve(outcomeOf(result));
          });
        });
      });
    });
  }

  it.each<[string, (then: () => void) => void]>([
    [
      'at once',
      (then) => {
        then();
      },
    ],
    [
      'in the same turn of the event loop',
      (then) => {
        process.nextTick(then);
      },
    ],
    ['at its end', (then) => void setImmediate(then)],
    ['soon after', (then) => void setTimeout(then)],
  ])('is not taken to have answered the next request, which is sent %s', async (_when, later) => {
    expect(await askedAgain(later)).toBe('200');
    expect([sockets.size, twice.requests.length]).toEqual([2, 2]);
  });

  it('is asked on a connection of its own from then on', async () => {
    await askedAgain((then) => void setImmediate(then));
    for (let at = 0; at < 3; at += 1) await send(sender, new URL(twice.url).origin);
    expect(sockets.size).toBe(5);
    expect(twice.requests.at(-1)).toContain('connection: close');
  });

  it('in one piece is, too', async () => {
    twice.behave = (socket) => {
      sockets.add(socket);
      socket.write(ONE + OTHER);
    };
    for (let at = 0; at < 3; at += 1) expect(await send(sender, new URL(twice.url).origin)).toBe('200');
    expect(sockets.size).toBe(3);
    expect(twice.requests.at(-1)).toContain('connection: close');
  });

  it('and empty lines behind an answer are none', async () => {
    twice.behave = (socket) => {
      sockets.add(socket);
      socket.write(ONE);
      setImmediate(() => socket.write('\r\n'));
    };
    for (let at = 0; at < 3; at += 1) expect(await send(sender, new URL(twice.url).origin)).toBe('200');
    expect(sockets.size).toBe(1);
  });
});
