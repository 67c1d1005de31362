/**
 * Opens connections through the operator's HTTP proxy (`DELIVERY_PROXY`) with CONNECT, for `http` and for `https` receivers.
 * The proxy sees a host and a port, never a path or a header of a request to an `https` receiver. It resolves names, so it
 * must decide which addresses are allowed. The address rule does not apply to the proxy's own address. No error message has
 * the proxy's address or credentials.
 */
import type { Socket } from 'node:net';
import { buildConnector, Pool } from 'undici';
import type { PendingConnection, Dial } from './dial.ts';
import { HappyEyeballs } from './happy-eyeballs.ts';
import { NAMES } from './name-lookup.ts';
import type { SocketLimit } from './socket-limit.ts';
import { isTimeout, TransportFailure } from './transport-failure.ts';

export class Tunnel {
  readonly #proxy: Pool;
  readonly #headers: Record<string, string>;

  /** @param proxy `http` or `https` URL, with user name and password if it asks for them. */
  constructor(proxy: string, timeoutMs: number, sockets: SocketLimit) {
    const url = new URL(proxy);
    const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    this.#headers =
      credentials === ':'
        ? {}
        : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
    const dial = buildConnector({
      timeout: timeoutMs,
      allowH2: false,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.2',
    }) as Dial;
    this.#proxy = new Pool(url.origin, {
      // Without this, undici would expect the certificate of the receiver, which the Host header names.
      connect: ({ servername: _ofReceiver, ...target }, connected) => {
        const connecting = new HappyEyeballs(dial, target, sockets, connected);
        NAMES.lookup(target.hostname, { all: true }, (error, addresses = []) => {
          if (error) connecting.destroy(error);
          else connecting.start(addresses);
        });
      },
      headersTimeout: timeoutMs,
      allowH2: false,
    });
  }

  /** @param dial opens the TLS connection within the tunnel. */
  open(target: buildConnector.Options, dial: Dial, connected: buildConnector.Callback): PendingConnection {
    const authority = authorityOf(target);
    const dialling = new PendingTunnel();
    const options = {
      path: authority,
      headers: { ...this.#headers, host: authority },
      signal: dialling.abort.signal,
    };
    this.#proxy.connect(options, (error, answer) => {
      const socket = error ? null : (answer.socket as Socket);
      if (!socket) {
        connected(proxyFailure(dialling.abort.signal.reason ?? error, authority), null);
        return;
      }
      dialling.socket = socket;
      if (answer.statusCode < 200 || answer.statusCode > 299) {
        socket.on('error', () => undefined).destroy();
        connected(refused(authority, answer.statusCode), null);
      } else if (target.protocol === 'https:') {
        socket.on('error', () => undefined);
        dialling.socket = dial({ ...target, httpSocket: socket }, connected) ?? socket;
      } else {
        connected(null, socket);
      }
    });
    return dialling;
  }

  async close(): Promise<void> {
    await this.#proxy.destroy();
  }
}

/** Before the proxy has answered there is no socket to destroy, so its request is aborted instead. */
class PendingTunnel implements PendingConnection {
  readonly abort = new AbortController();
  socket: PendingConnection | null = null;

  destroy(error: Error): void {
    if (this.socket) this.socket.destroy(error);
    else this.abort.abort(error);
  }
}

function authorityOf({ hostname, port, protocol }: buildConnector.Options): string {
  const host = hostname.includes(':') ? `[${hostname}]` : hostname;
  return `${host}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`;
}

function proxyFailure(error: unknown, authority: string): TransportFailure {
  if (error instanceof TransportFailure) return error;
  if (isTimeout(error)) {
    return new TransportFailure(
      'timeout',
      `the proxy of DELIVERY_PROXY made no connection to ${authority} in time`,
    );
  }
  const { code = 'unknown' } = (error ?? {}) as NodeJS.ErrnoException;
  return new TransportFailure(
    'connection_refused',
    `no connection to ${authority}: the proxy of DELIVERY_PROXY cannot be used (${code})`,
  );
}

function refused(authority: string, status: number): TransportFailure {
  const why = status === 407 ? 'asks for other credentials' : 'made none';
  return new TransportFailure(
    'connection_refused',
    `no connection to ${authority}: the proxy of DELIVERY_PROXY ${why} (${status})`,
  );
}
