import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import { createServer as createPlainServer } from 'node:http';
import {
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net';
import type { TLSSocket, TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ConnectProxy } from '../../test/support/connect-proxy.ts';
import { newSender as makeSender, outcomeOf, requestTo, send } from '../../test/support/sending.ts';
import {
  AUTHORITY,
  BY_INTERMEDIATE,
  EXPIRED,
  INTERMEDIATE,
  OTHER_AUTHORITY,
  TRUSTED,
  WRONG_NAME,
} from '../../test/support/test-authority.ts';
import { SELF_SIGNED } from '../../test/support/self-signed.ts';
import type { Sender } from './sender.ts';

const SECURE_RECEIVER = fileURLToPath(new URL('../../test/support/secure-receiver.ts', import.meta.url));

const open: { close: () => unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

function newSender(values: Record<string, string> = {}): Sender {
  const sender = makeSender(values);
  open.push({ close: () => sender.close() });
  return sender;
}

async function listening(server: TcpServer): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function secureReceiver(options: TlsOptions, onSocket?: (socket: TLSSocket) => void): Promise<string> {
  const server: Server = createServer(options, (_request, response) => response.end('ok'));
  if (onSocket) server.on('secureConnection', onSocket);
  server.on('tlsClientError', () => undefined);
  return `https://${await listening(server)}`;
}

describe('a certificate', () => {
  it.each([
    ['of an unknown authority', TRUSTED, null, 'is signed by an authority that is not trusted'],
    ['of another authority than the webhook names', TRUSTED, OTHER_AUTHORITY, 'is not trusted'],
    ['that nobody signed', SELF_SIGNED, null, 'is signed by itself'],
    ['that has expired', EXPIRED, AUTHORITY, 'has expired (CERT_HAS_EXPIRED)'],
    ['for another name', WRONG_NAME, AUTHORITY, 'is for another name (ERR_TLS_CERT_ALTNAME_INVALID)'],
    ['whose chain is not complete', BY_INTERMEDIATE, AUTHORITY, 'is not trusted'],
  ])('%s is refused, and nothing of it is told', async (_what, identity, caCertificates, message) => {
    const answer = await send(newSender(), await secureReceiver(identity), { caCertificates });
    expect(answer).toContain('tls_error: the TLS handshake with 127.0.0.1 failed: its certificate');
    expect(answer).toContain(message);
    expect(answer).not.toContain('inside.corp.example');
  });

  it.each([
    ['of the authority that the webhook names', TRUSTED, AUTHORITY],
    ['of one of several', TRUSTED, `${OTHER_AUTHORITY}\n${AUTHORITY}`],
    ['that the webhook names itself', SELF_SIGNED, SELF_SIGNED.cert],
    ['of an intermediate authority that the webhook names', BY_INTERMEDIATE, INTERMEDIATE],
  ])('%s is trusted', async (_what, identity, caCertificates) => {
    expect(await send(newSender(), await secureReceiver(identity), { caCertificates })).toBe('200');
  });

  it('is verified whatever the environment says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    try {
      expect(await send(newSender(), await secureReceiver(SELF_SIGNED))).toContain('tls_error');
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('is not taken on trust because another webhook of the same receiver trusts it', async () => {
    const sessions: boolean[] = [];
    const url = await secureReceiver(TRUSTED, (socket) => sessions.push(socket.isSessionReused()));
    const sender = newSender();
    const trusting = { caCertificates: AUTHORITY };
    expect(await send(sender, url, trusting)).toBe('200');
    expect(await send(sender, url, trusting)).toBe('200');
    expect(await send(sender, url)).toContain('tls_error');
    expect(await send(sender, url, { caCertificates: OTHER_AUTHORITY })).toContain('tls_error');
    expect(await send(sender, url, trusting)).toBe('200');
    expect(sessions, 'one connection of those who trust it').toEqual([false]);
  });

  it('needs an authority that can be read: a failure, not an exception', async () => {
    const url = await secureReceiver(TRUSTED);
    expect(await send(newSender(), url, { caCertificates: 'nonsense' })).toContain('tls_error');
  });

  it('of more authorities than are kept at once is trusted all the same', async () => {
    const url = await secureReceiver(TRUSTED);
    const sender = newSender();
    for (let at = 0; at < 300; at += 1) {
      const caCertificates = `${AUTHORITY}${'\n'.repeat(at)}`;
      expect(await send(sender, url, { caCertificates })).toBe('200');
    }
  });
});

describe('a TLS handshake', () => {
  it('below TLS 1.2 is refused', async () => {
    const old = {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    } as const;
    const url = await secureReceiver({ ...TRUSTED, ...old });
    expect(await send(newSender(), url, { caCertificates: AUTHORITY })).toContain(
      'tls_error: the TLS handshake with 127.0.0.1 failed: it does not offer TLS 1.2 or newer',
    );
  });

  it.each([
    ['TLSv1.2', 'the TLS handshake with 127.0.0.1 failed'],
    // The alert comes when the handshake is over for this side.
    ['TLSv1.3', 'the receiver ended the TLS connection'],
  ] as const)('of %s without the client certificate that is asked for says so', async (version, what) => {
    const asking = { requestCert: true, rejectUnauthorized: true, ca: AUTHORITY };
    const url = await secureReceiver({ ...TRUSTED, ...asking, minVersion: version, maxVersion: version });
    for (const body of [Buffer.from('{}'), Buffer.alloc(20_000_000)]) {
      const answer = await send(newSender(), url, { caCertificates: AUTHORITY, body });
      expect(answer).toContain(`tls_error: ${what}: it`);
      expect(answer).toContain('it asks for a client certificate, and this service has none');
    }
  });

  it('with a receiver that does not speak TLS fails', async () => {
    const origin = await listening(
      createTcpServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    );
    expect(await send(newSender(), `https://${origin}`)).toContain('it does not speak TLS');
  });

  it('that hangs holds up no other one with the same receiver', async () => {
    const server = createServer(TRUSTED, (_request, response) => response.end('ok'));
    let hanging: Socket | null = null;
    const front = createTcpServer((socket) => {
      if (hanging) server.emit('connection', socket);
      else hanging = socket.on('error', () => undefined).resume();
    });
    const origin = `https://${await listening(front)}`;
    const sender = newSender();
    const trusting = { caCertificates: AUTHORITY };
    const first = send(sender, origin, { ...trusting, timeoutMs: 1_000 });
    expect(await send(sender, origin, trusting)).toBe('200');
    expect(await first).toContain('timeout');
  });

  it('that is never answered ends at the deadline, and so does its connection', async () => {
    const server = createTcpServer();
    const closed = new Promise((resolve) => {
      server.on('connection', (socket) =>
        socket
          .on('error', () => undefined)
          .on('data', () => undefined)
          .on('close', resolve),
      );
    });
    const origin = await listening(server);
    expect(await send(newSender(), `https://${origin}`, { timeoutMs: 100 })).toBe(
      'timeout: no complete answer within 100 ms',
    );
    await closed;
  });
});

describe('a connection over TLS', () => {
  it('carries requests that follow each other at once', async () => {
    const child = fork(SECURE_RECEIVER);
    open.push({ close: () => child.kill() });
    const [port] = (await once(child, 'message')) as [number];
    const origin = `https://127.0.0.1:${port}`;
    const sender = newSender();
    const answers = new Set<string>();
    await new Promise<void>((resolve) => {
      let left = 1_000;
      const next = (): void => {
        sender.send(requestTo(origin, { caCertificates: AUTHORITY }), (result) => {
          answers.add(outcomeOf(result));
          left -= 1;
          if (left > 0) next();
          else resolve();
        });
      };
      next();
    });
    child.send('connections');
    expect([answers, await once(child, 'message')]).toEqual([new Set(['200']), [1, undefined]]);
  });
});

describe('what is asked of a receiver', () => {
  it('has no Accept-Encoding: nothing is ever decompressed', async () => {
    const asked: (string | undefined)[] = [];
    const server = createPlainServer((request, response) => {
      asked.push(request.headers['accept-encoding']);
      response.end();
    });
    await send(newSender(), `http://${await listening(server)}`);
    expect(asked).toEqual([undefined]);
  });
});

describe('a receiver that resets the connection once it has answered', () => {
  it('fails no request that was to follow on it', async () => {
    const server = createTcpServer((socket) => {
      socket
        .on('error', () => undefined)
        .on('data', () => {
          socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n', () => socket.resetAndDestroy());
        });
    });
    const origin = `http://${await listening(server)}`;
    const sender = newSender();
    const answers: string[] = [];
    await new Promise<void>((resolve) => {
      const next = (): void => {
        sender.send(requestTo(origin), (result) => {
          answers.push(outcomeOf(result));
          if (answers.length < 200) next();
          else resolve();
        });
      };
      next();
    });
    expect(new Set(answers)).toEqual(new Set(['200']));
  });
});

describe('through the proxy of DELIVERY_PROXY', () => {
  async function proxied(credentials = ''): Promise<{ proxy: ConnectProxy; sender: Sender }> {
    const proxy = await ConnectProxy.start();
    open.push(proxy);
    const sender = newSender({ DELIVERY_PROXY: `http://${credentials}127.0.0.1:${proxy.port}` });
    return { proxy, sender };
  }

  async function plainReceiver(): Promise<string> {
    return listening(createPlainServer((_request, response) => response.end('ok')));
  }

  it('go requests to http and https receivers, by name, and connections are kept', async () => {
    const { proxy, sender } = await proxied();
    const [, plain = ''] = (await plainReceiver()).split(':');
    const [, , secure = ''] = (await secureReceiver(TRUSTED)).split(':');
    // No resolver knows it, but the proxy does.
    expect(await send(sender, `http://receiver.invalid:${plain}`)).toBe('200');
    expect(await send(sender, `http://receiver.invalid:${plain}`)).toBe('200');
    const trusting = { caCertificates: AUTHORITY };
    expect(await send(sender, `https://127.0.0.1:${secure}`, trusting)).toBe('200');
    expect(await send(sender, `https://receiver.invalid:${secure}`, trusting)).toContain('for another name');
    expect(proxy.asked).toEqual([
      `receiver.invalid:${plain}`,
      `127.0.0.1:${secure}`,
      `receiver.invalid:${secure}`,
    ]);
  });

  it('goes no literal address that is refused, and no localhost', async () => {
    const { proxy, sender } = await proxied();
    for (const host of ['10.0.0.1', '169.254.169.254', '[::1]', '[::ffff:10.0.0.1]'])
      expect(await send(sender, `http://${host}`)).toContain('blocked_address');
    const strict = newSender({ ALLOWED_SUBNETS: '', DELIVERY_PROXY: `http://127.0.0.1:${proxy.port}` });
    expect(await send(strict, 'http://localhost')).toContain('blocked_address');
    expect(proxy.connections).toBe(0);
  });

  it('credentials are shown to the proxy, and in no message', async () => {
    const { proxy, sender } = await proxied('us%40er:pa%3Ass@');
    proxy.credentials = 'us@er:pa:ss';
    const origin = `http://${await plainReceiver()}`;
    expect(await send(sender, origin)).toBe('200');
    proxy.credentials = 'other:ones';
    const elsewhere = `http://${await plainReceiver()}`;
    expect(await send(sender, elsewhere)).toBe(
      `connection_refused: no connection to ${elsewhere.slice(7)}: the proxy of DELIVERY_PROXY asks for other credentials (407)`,
    );
  });

  it('that refuses, is not there, or says nothing, the attempt fails', async () => {
    const { proxy, sender } = await proxied();
    proxy.refusal = '403 Forbidden';
    expect(await send(sender, 'http://receiver.invalid')).toBe(
      'connection_refused: no connection to receiver.invalid:80: the proxy of DELIVERY_PROXY made none (403)',
    );
    await proxy.close();
    expect(await send(sender, 'https://receiver.invalid')).toBe(
      'connection_refused: no connection to receiver.invalid:443: the proxy of DELIVERY_PROXY cannot be used (ECONNREFUSED)',
    );

    const silent = createTcpServer();
    const closed = new Promise((resolve) => {
      silent.on('connection', (socket) => socket.resume().on('close', resolve));
    });
    const origin = await listening(silent);
    const waiting = newSender({ DELIVERY_PROXY: `http://${origin}` });
    expect(await send(waiting, 'http://receiver.invalid', { timeoutMs: 100 })).toContain('timeout');
    await closed;
  });

  it('a TLS handshake that is never answered ends at the deadline, and so does its tunnel', async () => {
    const { sender } = await proxied();
    const server = createTcpServer();
    const closed = new Promise((resolve) => {
      server.on('connection', (socket) => socket.resume().on('close', resolve));
    });
    const origin = await listening(server);
    expect(await send(sender, `https://${origin}`, { timeoutMs: 200 })).toContain('timeout');
    await closed;
  });

  it('a receiver that closes before it answers is asked once', async () => {
    const { sender } = await proxied();
    let requests = 0;
    const server = createTcpServer((socket) => {
      socket.once('data', () => {
        requests += 1;
        socket.destroy();
      });
    });
    expect(await send(sender, `http://${await listening(server)}`)).toContain('connection_reset');
    expect(requests).toBe(1);
  });
});
