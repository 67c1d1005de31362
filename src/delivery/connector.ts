/**
 * Makes the connections of all requests, and is where the address rule is kept: a name is resolved here, every address
 * of it is checked, and exactly those addresses are dialled, so a second look-up cannot slip in another one. Literal
 * addresses, for which Node never asks a look-up, are checked as well. No proxy of the environment is ever used.
 */
import { subscribe } from 'node:diagnostics_channel';
import dns from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import { buildConnector } from 'undici';
import type { AddressRule } from '../model/address-rule.ts';
import { literalAddress } from '../model/webhook-url.ts';
import { connectFailure, TransportFailure } from './transport-failure.ts';

export type Lookup = (
  hostname: string,
  options: { all: true },
  callback: (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[] | undefined) => void,
) => void;

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

export function guardedConnector(
  rule: AddressRule,
  timeoutMs: number,
  lookup: Lookup = dns.lookup,
): buildConnector.connector {
  const connect = buildConnector({
    timeout: timeoutMs,
    allowH2: false,
    keepAlive: true,
    lookup: guardedLookup(rule, lookup),
  });
  return (options, callback) => {
    const literal = literalAddress(options.hostname);
    if (literal !== null && !rule.permits(literal)) {
      callback(blocked(options.hostname, literal), null);
      return;
    }
    const url = { host: options.hostname, secure: options.protocol === 'https:' };
    connect(options, (...[error, socket]) => {
      if (error) {
        callback(connectFailure(error, url), null);
        return;
      }
      socket.on('error', (fault: Error) => {
        if (socket.bytesRead > 0 && socket.bytesRead === readBeforeRequest.get(socket))
          closedWhileIdle.add(fault);
      });
      callback(null, socket);
    });
  };
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
      const refused = addresses.find(({ address }) => !rule.permits(address));
      if (refused) callback(blocked(hostname, refused.address), '', 0);
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

function blocked(host: string, address: string): TransportFailure {
  return new TransportFailure(
    'blocked_address',
    host === address
      ? `${address} is a private or reserved address; ALLOWED_SUBNETS can permit it`
      : `${host} resolves to ${address}, a private or reserved address; ALLOWED_SUBNETS can permit it`,
  );
}
