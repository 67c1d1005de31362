/**
 * Makes the connections of all requests, and is where the address rule is kept: a name is resolved here, every address
 * of it is checked, and exactly those addresses are dialled, so a second look-up cannot slip in another one. Literal
 * addresses, for which Node never asks a look-up, are checked as well. No proxy of the environment is ever used; through
 * the operator's own (`Tunnel`) names are resolved by the proxy, and literals are refused all the same.
 */
import { subscribe } from 'node:diagnostics_channel';
import dns from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import { threadPoolSize } from '../config/thread-pool.ts';
import type { AddressRule } from '../model/address-rule.ts';
import { literalAddress } from '../model/webhook-url.ts';
import type { Connecting, Dial } from './connecting.ts';
import { lookupPlaces, NameLookup, type Lookup } from './name-lookup.ts';
import { connectFailure, TransportFailure } from './transport-failure.ts';
import type { Tunnel } from './tunnel.ts';

/**
 * Bytes of one answer, framing and all. What is read of a body and of headers is far less: this ends what has neither,
 * such as informational answers or chunk extensions without end.
 */
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * An answer is parsed in pieces of this size, and no piece follows when the socket is destroyed. Sockets give out 64 KiB
 * and more at once, and undici goes on to parse all of it after it has given up: of every header beyond its limit it
 * makes an error with its stack, and thousands of them cost half a second.
 */
const PIECE_BYTES = 2 * 1024;

/** One for the whole process, as its threads are. */
const NAMES = new NameLookup(dns.lookup, lookupPlaces(threadPoolSize()));

export interface ConnectorOptions {
  readonly rule: AddressRule;
  readonly timeoutMs: number;
  /** PEM: the only certificate authorities that are trusted; null: Node's list. */
  readonly caCertificates: string | null;
  /** The operator's proxy; null: connections are direct. */
  readonly tunnel: Tunnel | null;
  readonly onConnecting?: (connecting: Connecting) => void;
  readonly lookup?: Lookup;
  readonly dialler?: typeof buildConnector;
}

/** Bytes that each socket had read when the request under way was written to it. */
const readBeforeRequest = new WeakMap<object, number>();
/** Errors of sockets that had served an answer before, and have not read a byte since the request was written. */
const closedWhileIdle = new WeakSet();

subscribe('undici:client:sendHeaders', (message) => {
  const { socket } = message as { socket: Socket };
  readBeforeRequest.set(socket, socket.bytesRead);
});

/** Whether the error is that of a kept-alive connection that turned out to be closed before any byte of an answer. */
export function wasClosedWhileIdle(error: unknown): boolean {
  return typeof error === 'object' && error !== null && closedWhileIdle.has(error);
}

export function guardedConnector(options: ConnectorOptions): buildConnector.connector {
  const { rule, tunnel, onConnecting, lookup = NAMES.lookup, dialler = buildConnector } = options;
  const dial = dialler({
    timeout: options.timeoutMs,
    allowH2: false,
    keepAlive: true,
    lookup: guardedLookup(rule, lookup),
    secureContext: secureContext(options.caCertificates),
    // Neither NODE_TLS_REJECT_UNAUTHORIZED nor anything else turns this off.
    rejectUnauthorized: true,
  }) as Dial;
  return (target, callback) => {
    const literal = literalAddress(target.hostname);
    if (literal !== null && !rule.permits(literal)) {
      callback(blocked(`${target.hostname} is`), null);
      return;
    }
    const url = { host: target.hostname, secure: target.protocol === 'https:' };
    const connected: buildConnector.Callback = (...[error, socket]) => {
      if (error) {
        callback(connectFailure(error, url), null);
        return;
      }
      watch(socket);
      callback(null, socket);
    };
    const connecting = tunnel ? tunnel.open(target, dial, connected) : dial(target, connected);
    if (connecting) onConnecting?.(connecting);
  };
}

function watch(socket: Socket): void {
  // A proxy may have answered on it, or a handshake been made.
  const readBefore = socket.bytesRead;
  socket.on('error', (fault: Error) => {
    if (socket.bytesRead > readBefore && socket.bytesRead === readBeforeRequest.get(socket))
      closedWhileIdle.add(fault);
  });
  const read = socket.read.bind(socket);
  socket.read = () =>
    socket.destroyed ? null : (read(Math.min(socket.readableLength, PIECE_BYTES) || undefined) as unknown);
  socket.on('readable', () => {
    if (socket.bytesRead - (readBeforeRequest.get(socket) ?? 0) <= MAX_ANSWER_BYTES) return;
    socket.destroy(
      new TransportFailure('invalid_response', `the answer was given up after ${MAX_ANSWER_BYTES} bytes`),
    );
  });
}

/** Made once, as reading certificates is dear. */
function secureContext(caCertificates: string | null): ReturnType<typeof createSecureContext> {
  const own = caCertificates === null ? {} : { ca: caCertificates, allowPartialTrustChain: true };
  return createSecureContext({ minVersion: 'TLSv1.2', ...own });
}

/** Refuses a name if any of its addresses is refused: one that leads inside as well is not trusted at all. */
function guardedLookup(rule: AddressRule, lookup: Lookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { all: true }, (error, addresses) => {
      const first = addresses?.[0];
      if (error || !first) {
        callback(
          new TransportFailure(
            'dns_error',
            `${hostname} could not be resolved (${error?.code ?? 'no address'})`,
          ),
          '',
          0,
        );
        return;
      }
      const refused = addresses.some(({ address }) => !rule.permits(address));
      if (refused) callback(blocked(`${hostname} resolves to`), '', 0);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** Which address a name has is not said: it would tell an outsider what the names inside are. */
function blocked(what: string): TransportFailure {
  return new TransportFailure(
    'blocked_address',
    `${what} a private or reserved address; ALLOWED_SUBNETS can permit it`,
  );
}
