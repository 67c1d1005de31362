/**
 * Sends prepared requests, and owns the connections to receivers. A receiver's failure is a result; nothing is thrown.
 *
 * One repeat is made here and is not an attempt: if a kept-alive connection is closed before any byte of the answer, the
 * request is sent again at once on a fresh connection. Requests that trust different certificate authorities never share a
 * connection or a TLS session.
 */
import { Inject, Injectable } from '@nestjs/common';
import { SETTINGS } from '../config/config.module.ts';
import { openFilesLimit, socketsOfDeliveries } from '../config/open-files.ts';
import { AddressRule } from '../model/address-rule.ts';
import type { ConnectionOptions } from './connection.ts';
import { Connections } from './connections.ts';
import { guardedConnector, type ConnectorOptions } from './connector.ts';
import { Exchange, type ExchangeResult, type PreparedRequest } from './exchange.ts';
import type { DeliverySettings } from './delivery.settings.ts';
import { SocketLimit } from './socket-limit.ts';
import { Tunnel } from './tunnel.ts';

const IDLE_MS = 30_000;
/** If a receiver gets a new address, its connections follow within this time, even if they are never idle. */
const LIFETIME_MS = 5 * 60_000;
/** Only a safety net: normally the deadline of the exchange ends a connection that does not open. */
const CONNECT_TIMEOUT_MS = 60_000;
/** Real receivers send less, and large headers cost much to read. */
const MAX_HEADER_BYTES = 8 * 1024;
/** For this many sets of own authorities connections are kept. With more, the set used longest ago is dropped. */
const MAX_TRUSTS = 256;

@Injectable()
export class Sender {
  readonly #connector: Omit<ConnectorOptions, 'caCertificates'>;
  readonly #trustingDefault: Connections;
  /** By the PEM text of the authorities. The set used longest ago comes first. */
  readonly #trustingOwn = new Map<string, Connections>();
  readonly #tunnel: Tunnel | null;
  readonly #sockets = new SocketLimit(socketsOfDeliveries(openFilesLimit()));

  constructor(@Inject(SETTINGS) settings: DeliverySettings) {
    const { ALLOWED_SUBNETS, DELIVERY_PROXY } = settings;
    this.#tunnel =
      DELIVERY_PROXY === undefined ? null : new Tunnel(DELIVERY_PROXY, CONNECT_TIMEOUT_MS, this.#sockets);
    this.#connector = {
      rule: new AddressRule(ALLOWED_SUBNETS),
      timeoutMs: CONNECT_TIMEOUT_MS,
      tunnel: this.#tunnel,
      sockets: this.#sockets,
    };
    this.#trustingDefault = this.#connections(null);
  }

  /** For the metrics: the connections to receivers. */
  get connections(): {
    readonly open: number;
    readonly idle: number;
    readonly opened: number;
    readonly reused: number;
  } {
    return { open: this.#sockets.open, ...this.#sockets.use };
  }

  /** @param done called once with the answer or the failure. */
  send(request: PreparedRequest, done: (result: ExchangeResult) => void): void {
    const again = (remainingMs: number): void => {
      this.#dispatch(request, true, new Exchange(remainingMs, done));
    };
    this.#dispatch(request, false, new Exchange(request.timeoutMs, done, again));
  }

  /** Closes all connections at once. Requests under way fail. */
  async close(): Promise<void> {
    const all = [this.#trustingDefault, ...this.#trustingOwn.values()];
    await Promise.all(all.map((connections) => connections.destroy()));
    await this.#tunnel?.close();
  }

  #dispatch(request: PreparedRequest, reset: boolean, exchange: Exchange): void {
    const { origin, path, method, headers, body, caCertificates } = request;
    // `reset` is always given: without it undici closes the connection after every GET that has a body.
    const options = { origin, path, method, headers, body, reset };
    try {
      const connections = caCertificates === null ? this.#trustingDefault : this.#withTrust(caCertificates);
      connections.dispatch(options, exchange);
    } catch (error) {
      exchange.onResponseError(null, error instanceof Error ? error : new Error(String(error)));
    }
  }

  #withTrust(caCertificates: string): Connections {
    const connections = this.#trustingOwn.get(caCertificates) ?? this.#connections(caCertificates);
    this.#trustingOwn.delete(caCertificates);
    this.#trustingOwn.set(caCertificates, connections);
    const [oldest] = this.#trustingOwn;
    if (oldest && this.#trustingOwn.size > MAX_TRUSTS) {
      this.#trustingOwn.delete(oldest[0]);
      // It lets requests under way end.
      oldest[1].close();
    }
    return connections;
  }

  #connections(caCertificates: string | null): Connections {
    const options: ConnectionOptions = {
      dial: guardedConnector({ ...this.#connector, caCertificates }),
      idleMs: IDLE_MS,
      lifetimeMs: LIFETIME_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      allowH2: false,
      // The exchange has one deadline of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    return new Connections(options, this.#sockets);
  }
}
