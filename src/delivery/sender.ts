/**
 * Sends prepared requests: owns the connections, with keep-alive, and the one repeat that is not an attempt: when a
 * kept-alive connection was closed under the request before any byte of an answer, it goes out again at once on a
 * fresh connection. Requests that trust other certificate authorities never share a connection or a TLS session.
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
/** A receiver that moves is followed in this time, also where its connections are never idle. */
const LIFETIME_MS = 5 * 60_000;
/** Ends a connection attempt that its exchange could not end; the exchange's own deadline is what counts. */
const CONNECT_TIMEOUT_MS = 60_000;
/** More is dear to read, and not seen of receivers. */
const MAX_HEADER_BYTES = 8 * 1024;
/** Sets of authorities whose connections are kept at once; the one that was used least lately makes room. */
const MAX_TRUSTS = 256;

@Injectable()
export class Sender {
  readonly #connector: Omit<ConnectorOptions, 'caCertificates'>;
  readonly #ofEverybody: Connections;
  /** By the PEM text of their authorities, the least lately used first. */
  readonly #ofTheirOwn = new Map<string, Connections>();
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
    this.#ofEverybody = this.#connections(null);
  }

  /** The connections to receivers, for the metrics. */
  get connections(): {
    readonly open: number;
    readonly idle: number;
    readonly opened: number;
    readonly reused: number;
  } {
    return { open: this.#sockets.open, ...this.#sockets.use };
  }

  /** @param done called once with what became of it; nothing is thrown. */
  send(request: PreparedRequest, done: (result: ExchangeResult) => void): void {
    const again = (remainingMs: number): void => {
      this.#dispatch(request, true, new Exchange(remainingMs, done));
    };
    this.#dispatch(request, false, new Exchange(request.timeoutMs, done, again));
  }

  /** Ends all connections; what is under way fails. */
  async close(): Promise<void> {
    const all = [this.#ofEverybody, ...this.#ofTheirOwn.values()];
    await Promise.all(all.map((connections) => connections.destroy()));
    await this.#tunnel?.close();
  }

  #dispatch(request: PreparedRequest, reset: boolean, exchange: Exchange): void {
    const { origin, path, method, headers, body, caCertificates } = request;
    // Said in any case: left to itself undici would close the connection after every GET that has a body.
    const options = { origin, path, method, headers, body, reset };
    try {
      const connections = caCertificates === null ? this.#ofEverybody : this.#trusting(caCertificates);
      connections.dispatch(options, exchange);
    } catch (error) {
      exchange.onResponseError(null, error instanceof Error ? error : new Error(String(error)));
    }
  }

  #trusting(caCertificates: string): Connections {
    const connections = this.#ofTheirOwn.get(caCertificates) ?? this.#connections(caCertificates);
    this.#ofTheirOwn.delete(caCertificates);
    this.#ofTheirOwn.set(caCertificates, connections);
    const [oldest] = this.#ofTheirOwn;
    if (oldest && this.#ofTheirOwn.size > MAX_TRUSTS) {
      this.#ofTheirOwn.delete(oldest[0]);
      // What is under way is finished.
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
