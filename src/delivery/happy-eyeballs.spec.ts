import type { LookupAddress } from 'node:dns';
import { createServer, Socket, type AddressInfo, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { buildConnector } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AUTHORITY, EXPIRED, TRUSTED } from '../../test/support/test-authority.ts';
import { AddressRule } from '../model/address-rule.ts';
import type { PendingConnection, Dial } from './dial.ts';
import { guardedConnector } from './connector.ts';
import { alternating, HappyEyeballs } from './happy-eyeballs.ts';
import { SocketLimit } from './socket-limit.ts';
import type { TransportFailure } from './transport-failure.ts';

const open: { close: () => unknown }[] = [];

afterEach(() => {
  vi.useRealTimers();
  for (const one of open.splice(0)) one.close();
});

function v4(...addresses: string[]): LookupAddress[] {
  return addresses.map((address) => ({ address, family: 4 }));
}

/** Dials nothing: what becomes of each attempt is the test's to say. */
class HeldDial {
  readonly dialled: string[] = [];
  readonly ended: string[] = [];
  readonly #connected = new Map<string, buildConnector.Callback>();

  readonly dial: Dial = ({ hostname }, connected): PendingConnection => {
    this.dialled.push(hostname);
    this.#connected.set(hostname, connected);
    return { destroy: () => this.ended.push(hostname) };
  };

  fail(address: string, error: Error): void {
    this.#connected.get(address)?.(error, null);
  }

  connect(address: string): Socket {
    const socket = new Socket();
    socket.destroy = () => {
      this.ended.push(address);
      return socket;
    };
    this.#connected.get(address)?.(null, socket);
    return socket;
  }
}

function refusal(): Error {
  return Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' });
}

describe('of several addresses', () => {
  const target = { hostname: 'receiver.example', protocol: 'http:', port: '80' };
  let held: HeldDial;
  let outcomes: (Error | Socket | null)[];
  let eyeballs: HappyEyeballs;
  let sockets: SocketLimit;

  function start(...addresses: string[]): void {
    vi.useFakeTimers();
    // One is the connection's own.
    sockets = new SocketLimit(3);
    sockets.take();
    held = new HeldDial();
    outcomes = [];
    eyeballs = new HappyEyeballs(held.dial, target, sockets, (...[error, socket]) =>
      outcomes.push(error ?? socket),
    );
    eyeballs.start(v4(...addresses));
  }

  it('one that does not answer costs a moment, and is not given up', () => {
    start('a', 'b', 'c');
    expect(held.dialled).toEqual(['a']);
    vi.advanceTimersByTime(250);
    expect(held.dialled).toEqual(['a', 'b']);
    vi.advanceTimersByTime(60_000);
    expect([held.dialled, held.ended]).toEqual([['a', 'b', 'c'], []]);
    const socket = held.connect('a');
    expect([outcomes, held.ended]).toEqual([[socket], ['b', 'c']]);
  });

  it('one that refuses costs nothing', () => {
    start('a', 'b');
    held.fail('a', refusal());
    expect(held.dialled).toEqual(['a', 'b']);
    const socket = held.connect('b');
    expect(outcomes).toEqual([socket]);
  });

  it('the last one that refuses leaves those that are slow', () => {
    start('a', 'b');
    vi.advanceTimersByTime(250);
    held.fail('b', refusal());
    expect(outcomes).toEqual([]);
    const socket = held.connect('a');
    expect(outcomes).toEqual([socket]);
  });

  it('all fail: what is told is of one that was reached', () => {
    start('a', 'b', 'c');
    const reached = Object.assign(new Error('expired'), { code: 'CERT_HAS_EXPIRED' });
    held.fail('a', refusal());
    held.fail('b', reached);
    held.fail('c', refusal());
    expect(outcomes).toEqual([reached]);
  });

  it('none is tried any more when the attempt is over', () => {
    start('a', 'b', 'c');
    vi.advanceTimersByTime(250);
    const over = new Error('over');
    eyeballs.destroy(over);
    vi.advanceTimersByTime(60_000);
    expect([held.dialled, held.ended, outcomes]).toEqual([['a', 'b'], ['a', 'b'], [over]]);
    held.connect('b');
    expect([held.ended, outcomes]).toEqual([['a', 'b', 'b'], [over]]);
  });

  it('none is dialled when the attempt ends before they are known', () => {
    const dial = new HeldDial();
    const early = new HappyEyeballs(dial.dial, target, new SocketLimit(1), () => undefined);
    early.destroy(new Error('over'));
    early.start(v4('a'));
    expect(dial.dialled).toEqual([]);
  });

  it('further ones wait for a socket where all are taken, and sockets are given back', () => {
    start('a', 'b', 'c', 'd');
    vi.advanceTimersByTime(1_000);
    expect(held.dialled).toEqual(['a', 'b', 'c']);
    held.fail('b', refusal());
    expect(held.dialled).toEqual(['a', 'b', 'c', 'd']);
    held.connect('a');
    expect([sockets.tryToTake(), sockets.tryToTake(), sockets.tryToTake()]).toEqual([true, true, false]);
  });

  it('one for which there is no file is tried again, and is no failure', () => {
    start('a');
    for (let time = 0; time < 3; time += 1) {
      held.fail('a', Object.assign(new Error('too many'), { code: 'EMFILE', syscall: 'connect' }));
      vi.advanceTimersByTime(250);
    }
    expect([held.dialled, outcomes]).toEqual([['a', 'a', 'a', 'a'], []]);
    const socket = held.connect('a');
    expect(outcomes).toEqual([socket]);
  });

  it('the families take turns', () => {
    const family = (address: string): LookupAddress => ({ address, family: address.startsWith('6') ? 6 : 4 });
    const order = (...addresses: string[]): string[] =>
      alternating(addresses.map(family)).map(({ address }) => address);
    expect(order('6a', '6b', '6c', '4a')).toEqual(['6a', '4a', '6b', '6c']);
    expect(order('4a', '6a', '6b', '6c')).toEqual(['4a', '6a', '6b', '6c']);
    expect(order('4a')).toEqual(['4a']);
  });
});

describe('a receiver with two addresses is reached over TLS', () => {
  async function listening(server: Server, host: string, port = 0): Promise<number> {
    const sockets = new Set<Socket>();
    server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => undefined)));
    await new Promise<void>((resolve) => server.listen(port, host, resolve));
    open.push({
      close: () => {
        for (const socket of sockets) socket.destroy();
        server.close();
      },
    });
    return (server.address() as AddressInfo).port;
  }

  function connect(port: number, ...addresses: string[]): Promise<Socket | TransportFailure> {
    const dial = guardedConnector({
      rule: new AddressRule(['127.0.0.0/8']),
      timeoutMs: 30_000,
      caCertificates: AUTHORITY,
      tunnel: null,
      sockets: new SocketLimit(Infinity),
      lookup: (_hostname, _options, callback) => {
        callback(null, v4(...addresses));
      },
    });
    const target = { hostname: 'localhost.', protocol: 'https:', port: String(port) };
    return new Promise((resolve) => {
      dial(target, (...[error, socket]) => {
        open.push({ close: () => socket?.destroy() });
        resolve((error as TransportFailure | null) ?? (socket as Socket));
      });
    });
  }

  it('though the first one says nothing', async () => {
    const silent = createServer((socket) => socket.resume());
    const port = await listening(silent, '127.0.0.2');
    const names: unknown[] = [];
    const serving = createTlsServer(TRUSTED, (socket) => names.push(socket.servername));
    await listening(serving, '127.0.0.3', port);
    expect(await connect(port, '127.0.0.2', '127.0.0.3')).toHaveProperty('remoteAddress');
    // No certificate has the dot at the end of the name.
    await vi.waitFor(() => {
      expect(names).toEqual(['localhost']);
    });
  });

  it('though the first one takes its time and the other one refuses', async () => {
    const serving = createTlsServer(TRUSTED);
    const slow = createServer((socket) => {
      // Longer than it takes to try the other one.
      setTimeout(() => serving.emit('connection', socket), 600);
    });
    const port = await listening(slow, '127.0.0.2');
    expect(await connect(port, '127.0.0.2', '127.0.0.3')).not.toBeInstanceOf(Error);
  });

  it('and what is told is of the one that was reached', async () => {
    const port = await listening(createTlsServer(EXPIRED), '127.0.0.2');
    for (const addresses of [
      ['127.0.0.2', '127.0.0.3'],
      ['127.0.0.3', '127.0.0.2'],
    ])
      expect(await connect(port, ...addresses)).toHaveProperty('errorCode', 'tls_error');
    expect(await connect(port, '127.0.0.3', '127.0.0.4')).toHaveProperty('errorCode', 'connection_refused');
  });
});
