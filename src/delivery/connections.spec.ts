import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { buildConnector } from 'undici';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Dial } from './dial.ts';
import type { ConnectionOptions, RequestHandler } from './connection.ts';
import { Connections } from './connections.ts';
import { wasClosedWhileIdle } from './receiver-socket.ts';
import { SocketLimit } from './socket-limit.ts';

const dialTcp = buildConnector({}) as Dial;
/** The sockets on this side. */
const dialled: Socket[] = [];

type Answering = (request: IncomingMessage, response: ServerResponse) => void;

const opened: Socket[] = [];
let answer: Answering;
let server: ReturnType<typeof createServer>;
let origin: string;
let connections: Connections;

beforeEach(async () => {
  opened.length = 0;
  dialled.length = 0;
  answer = (_request, response) => void response.end();
  server = createServer((request, response) => {
    answer(request, response);
  });
  server.on('connection', (socket) => opened.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  connections = kept();
});
afterEach(async () => {
  await connections.destroy();
  server.closeAllConnections();
  server.close();
});

function kept(options: Partial<ConnectionOptions> = {}, sockets = Infinity): Connections {
  const dial: Dial = (target, connected) =>
    dialTcp(target, (...outcome) => {
      if (outcome[1]) dialled.push(outcome[1]);
      connected(...outcome);
    });
  const limits = { idleMs: 30_000, lifetimeMs: 300_000 };
  return new Connections({ dial, allowH2: false, ...limits, ...options }, new SocketLimit(sockets));
}

/** What became of a request: the status, or its error. */
function ask(reset = false, then: () => void = () => undefined): Promise<number | Error> {
  const options = { origin, path: '/', method: 'POST', body: '{}', reset } as const;
  return new Promise((resolve) => {
    let status = 0;
    const handler: RequestHandler = {
      onConnecting: () => undefined,
      onRequestStart: () => undefined,
      onResponseStart: (_controller, statusCode) => void (status = statusCode),
      onResponseData: () => undefined,
      onResponseEnd: () => {
        resolve(status);
        then();
      },
      onResponseError: (_controller, error) => {
        resolve(error);
      },
    };
    connections.dispatch(options, handler);
  });
}

function together(count: number): Promise<(number | Error)[]> {
  return Promise.all(Array.from({ length: count }, () => ask()));
}

/** Holds every answer back until as many requests have come. */
function answerAfter(count: number): void {
  const held: ServerResponse[] = [];
  answer = (_request, response) => {
    if (held.push(response) === count) for (const one of held.splice(0)) one.end();
  };
}

/** @returns the answers that wait to be given. */
function holdAnswers(): ServerResponse[] {
  const held: ServerResponse[] = [];
  answer = (_request, response) => void held.push(response);
  return held;
}

describe('connections', () => {
  it('are as many as requests are under way, and are kept for the next ones', async () => {
    answerAfter(20);
    expect(await together(20)).toEqual(Array<number>(20).fill(200));
    expect(await together(20)).toEqual(Array<number>(20).fill(200));
    expect(opened).toHaveLength(20);
  });

  it('that are not needed grow old: the one that was used last is used again', async () => {
    answerAfter(5);
    await together(5);
    const used = new Set<Socket>();
    answer = (request, response) => {
      used.add(request.socket);
      response.end();
    };
    for (let at = 0; at < 5; at += 1) await ask();
    expect(used.size).toBe(1);
  });

  it('that a receiver ends with its answer are not used again', async () => {
    answer = (_request, response) => void response.setHeader('connection', 'close').end();
    for (let at = 0; at < 5; at += 1) expect(await ask()).toBe(200);
    expect(opened).toHaveLength(5);
  });

  it('carry a request that is sent when another one ends', async () => {
    for (const header of ['keep-alive', 'close']) {
      answer = (_request, response) => void response.setHeader('connection', header).end();
      const second = new Promise((resolve) => void ask(false, () => void ask().then(resolve)));
      expect(await second).toBe(200);
    }
    // The one that is told to close serves its request, and the next has another one.
    expect(opened).toHaveLength(2);
  });

  it('take no answer for a request that is not sent yet', async () => {
    const asked: Socket[] = [];
    server.removeAllListeners('request');
    server.on('connection', (socket) => {
      socket.on('data', () => {
        asked.push(socket);
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'.repeat(2));
      });
    });
    const second = new Promise((resolve) => void ask(false, () => void ask().then(resolve)));
    expect(await second).toBe(200);
    expect(new Set(asked).size).toBe(2);
  });

  it('that are reset before a request is written are known to have been closed while idle', async () => {
    const reset = (): void => {
      dialled[0]?.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    };
    const second = new Promise((resolve) => {
      void ask(false, () => {
        void ask().then(resolve);
        reset();
      });
    });
    expect(wasClosedWhileIdle(await second)).toBe(true);
  });

  it.each(['keep-alive', 'timeout=600', 'timeout=600, max=1000', 'timeout=31536000'])(
    'that are idle are closed in time, also where the receiver says %s',
    async (hint) => {
      connections = kept({ idleMs: 50 });
      answer = (_request, response) => void response.setHeader('keep-alive', hint).end();
      expect(await ask()).toBe(200);
      await vi.waitFor(() => {
        expect(dialled[0]?.destroyed).toBe(true);
      });
    },
  );

  it('that are never idle are followed by others in time, so that a new address of the name is found', async () => {
    connections = kept({ lifetimeMs: 100 });
    await new Promise<void>((resolve) => {
      const next = (): void => {
        if (opened.length < 4) void ask(false, next);
        else resolve();
      };
      next();
    });
    await vi.waitFor(() => {
      expect(opened.slice(0, -1).every(({ destroyed }) => destroyed)).toBe(true);
    });
  });

  it('that are idle make room where sockets are few, whatever their origin', async () => {
    connections = kept({}, 3);
    answerAfter(3);
    await together(3);
    const elsewhere = createServer((_request, response) => void response.end());
    elsewhere.listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    origin = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    expect(await ask()).toBe(200);
    await vi.waitFor(() => {
      expect(dialled.filter(({ destroyed }) => !destroyed)).toHaveLength(3);
    });
    elsewhere.closeAllConnections();
    elsewhere.close();
  });

  it('that a receiver closes while they are idle are not used again', async () => {
    answerAfter(3);
    await together(3);
    server.closeIdleConnections();
    await vi.waitFor(async () => {
      answerAfter(1);
      await ask();
      expect(opened.length).toBeGreaterThan(3);
    });
    expect(await ask()).toBe(200);
    expect(opened).toHaveLength(4);
  });

  it('that break fail their request, and only that one', async () => {
    const held = holdAnswers();
    const answers = together(3);
    await vi.waitFor(() => {
      expect(held).toHaveLength(3);
    });
    held[0]?.destroy();
    held[1]?.end();
    held[2]?.end();
    expect((await answers).filter((one) => one === 200)).toHaveLength(2);
  });

  it('of a request that wants its own are used for nothing else', async () => {
    await ask();
    await ask(true);
    await ask();
    expect(opened).toHaveLength(2);
    await vi.waitFor(() => {
      expect(opened[1]?.destroyed).toBe(true);
    });
  });

  it('finish what is under way when they are closed, and end then', async () => {
    answerAfter(2);
    await together(2);
    const held = holdAnswers();
    const asked = ask();
    await vi.waitFor(() => {
      expect(held).toHaveLength(1);
    });
    connections.close();
    held[0]?.end();
    expect(await asked).toBe(200);
    await vi.waitFor(() => {
      expect(opened.every(({ destroyed }) => destroyed)).toBe(true);
    });
  });

  it('fail what is under way when they are destroyed', async () => {
    const held = holdAnswers();
    const answers = together(2);
    await vi.waitFor(() => {
      expect(held).toHaveLength(2);
    });
    await connections.destroy();
    for (const one of await answers) expect(one).toHaveProperty('message', 'The client is destroyed');
  });
});
