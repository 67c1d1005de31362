/**
 * Opens the connections of all requests, and keeps the address rule. It resolves a name, checks every address of it, and
 * dials exactly these addresses. So a second look-up cannot bring another address. Literal addresses, for which Node makes
 * no look-up, are checked as well.
 *
 * Proxies of the environment are never used. With the operator's proxy (`Tunnel`), the proxy resolves names, and only
 * literal addresses are checked here.
 */
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import type { AddressRule } from '../model/address-rule.ts';
import { literalAddress } from '../model/webhook-url.ts';
import type { Dial } from './dial.ts';
import { HappyEyeballs } from './happy-eyeballs.ts';
import { NAMES, type Lookup } from './name-lookup.ts';
import type { SocketLimit } from './socket-limit.ts';
import { connectFailure, TransportFailure } from './transport-failure.ts';
import type { Tunnel } from './tunnel.ts';

export interface ConnectorOptions {
  readonly rule: AddressRule;
  readonly timeoutMs: number;
  /** The only certificate authorities that are trusted, as PEM; null: those of Node's list. */
  readonly caCertificates: string | null;
  /** Through the operator's proxy; null: connections are direct. */
  readonly tunnel: Tunnel | null;
  readonly sockets: SocketLimit;
  readonly lookup?: Lookup;
  readonly dialler?: typeof buildConnector;
}

export function guardedConnector(options: ConnectorOptions): Dial {
  const { rule, tunnel, lookup = NAMES.lookup, dialler = buildConnector } = options;
  const dial = dialler({
    timeout: options.timeoutMs,
    allowH2: false,
    keepAlive: true,
    secureContext: secureContext(options.caCertificates),
    // Neither NODE_TLS_REJECT_UNAUTHORIZED nor anything else turns this off.
    rejectUnauthorized: true,
  }) as Dial;
  return (given, callback) => {
    const { hostname } = given;
    const literal = literalAddress(hostname);
    if (literal !== null && !rule.permits(literal)) {
      callback(blocked(`${hostname} is`), null);
      return undefined;
    }
    const url = { host: hostname, secure: given.protocol === 'https:' };
    const connected: buildConnector.Callback = (...[error, socket]) => {
      if (error) callback(connectFailure(error, url), null);
      else callback(null, socket);
    };
    const target =
      url.secure && !isAddress(hostname) ? { ...given, servername: serverName(hostname) } : given;
    if (tunnel) return tunnel.open(target, dial, connected);
    const connecting = new HappyEyeballs(dial, target, options.sockets, connected);
    resolve(hostname, rule, lookup, (failure, addresses) => {
      if (failure) connecting.destroy(failure);
      else connecting.start(addresses);
    });
    return connecting;
  };
}

/** The name for the handshake and the certificate: without a dot at its end (RFC 6066 section 3). */
function serverName(hostname: string): string {
  return hostname.replace(/\.$/, '');
}

function isAddress(hostname: string): boolean {
  return isIP(hostname) !== 0;
}

/** It is made once, because reading certificates costs much. */
function secureContext(caCertificates: string | null): ReturnType<typeof createSecureContext> {
  const own = caCertificates === null ? {} : { ca: caCertificates, allowPartialTrustChain: true };
  return createSecureContext({ minVersion: 'TLSv1.2', ...own });
}

type Resolved = (...outcome: [TransportFailure, null] | [null, readonly LookupAddress[]]) => void;

/** Refuses a name if any of its addresses is refused. A name that also leads inside is not trusted at all. */
function resolve(hostname: string, rule: AddressRule, lookup: Lookup, resolved: Resolved): void {
  if (isAddress(hostname)) {
    if (rule.permits(hostname)) resolved(null, [{ address: hostname, family: isIP(hostname) }]);
    else resolved(blocked(`${hostname} is`), null);
    return;
  }
  lookup(hostname, { all: true }, (error, addresses = []) => {
    if (error || addresses.length === 0) {
      const why = error?.code ?? 'no address';
      resolved(new TransportFailure('dns_error', `${hostname} could not be resolved (${why})`), null);
    } else if (addresses.every(({ address }) => rule.permits(address))) resolved(null, addresses);
    else resolved(blocked(`${hostname} resolves to`), null);
  });
}

/** The message does not say which address the name has: an outsider could learn internal addresses from it. */
function blocked(what: string): TransportFailure {
  return new TransportFailure(
    'blocked_address',
    `${what} a private or reserved address; ALLOWED_SUBNETS can permit it`,
  );
}
