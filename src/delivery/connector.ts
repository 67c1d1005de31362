/**
 * Makes the connections of all requests, and is where the address rule is kept: a name is resolved here, every address
 * of it is checked, and exactly those addresses are dialled, so a second look-up cannot slip in another one. Literal
 * addresses, for which Node never asks a look-up, are checked as well. No proxy of the environment is ever used; through
 * the operator's own (`Tunnel`) names are resolved by the proxy, and literals are refused all the same.
 */
import dns from 'node:dns';
import type { LookupFunction } from 'node:net';
import { createSecureContext } from 'node:tls';
import { buildConnector } from 'undici';
import { threadPoolSize } from '../config/thread-pool.ts';
import type { AddressRule } from '../model/address-rule.ts';
import { literalAddress } from '../model/webhook-url.ts';
import type { Dial } from './connecting.ts';
import { lookupPlaces, NameLookup, type Lookup } from './name-lookup.ts';
import { connectFailure, TransportFailure } from './transport-failure.ts';
import type { Tunnel } from './tunnel.ts';

/** One for the whole process, as its threads are. */
const NAMES = new NameLookup(dns.lookup, lookupPlaces(threadPoolSize()));

export interface ConnectorOptions {
  readonly rule: AddressRule;
  readonly timeoutMs: number;
  /** PEM: the only certificate authorities that are trusted; null: Node's list. */
  readonly caCertificates: string | null;
  /** The operator's proxy; null: connections are direct. */
  readonly tunnel: Tunnel | null;
  readonly lookup?: Lookup;
  readonly dialler?: typeof buildConnector;
}

export function guardedConnector(options: ConnectorOptions): Dial {
  const { rule, tunnel, lookup = NAMES.lookup, dialler = buildConnector } = options;
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
      return undefined;
    }
    const url = { host: target.hostname, secure: target.protocol === 'https:' };
    const connected: buildConnector.Callback = (...[error, socket]) => {
      if (error) {
        callback(connectFailure(error, url), null);
        return;
      }
      callback(null, socket);
    };
    return tunnel ? tunnel.open(target, dial, connected) : dial(target, connected);
  };
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
