/**
 * Sends prepared requests: owns the connections, with keep-alive, and the one repeat that is not an attempt: when a
 * kept-alive connection was closed under the request before any byte of an answer, it goes out again at once on a
 * fresh connection.
 */
import { Inject, Injectable } from '@nestjs/common';
import { Agent } from 'undici';
import { SETTINGS, type Settings } from '../config/config.module.ts';
import { AddressRule } from '../model/address-rule.ts';
import { guardedConnector } from './connector.ts';
import { Exchange, MAX_KEPT_BYTES, type ExchangeResult, type PreparedRequest } from './exchange.ts';

const KEEP_ALIVE_MS = 30_000;
/** Ends a connection attempt that its exchange has given up long ago; the exchange's own deadline is what counts. */
const CONNECT_TIMEOUT_MS = 60_000;
const MAX_HEADER_BYTES = 16 * 1024;

@Injectable()
export class Sender {
  readonly #agent: Agent;
  /** Its connections are never used again, so each of its requests has a new one. */
  readonly #freshAgent: Agent;

  constructor(@Inject(SETTINGS) settings: Settings) {
    const options: Agent.Options = {
      connect: guardedConnector(new AddressRule(settings.ALLOWED_SUBNETS), CONNECT_TIMEOUT_MS),
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
      pipelining: 1,
      // The exchange has one deadline of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    this.#agent = new Agent(options);
    this.#freshAgent = new Agent(options);
  }

  /**
   * @param done called once with what became of it; nothing is thrown.
   * @param keepBytes how much of the answer's body is kept.
   */
  send(request: PreparedRequest, done: (result: ExchangeResult) => void, keepBytes = MAX_KEPT_BYTES): void {
    const again = (remainingMs: number): void => {
      dispatch(this.#freshAgent, request, new Exchange(remainingMs, keepBytes, done), { reset: true });
    };
    // Left to itself undici would close the connection after every GET that has a body.
    dispatch(this.#agent, request, new Exchange(request.timeoutMs, keepBytes, done, again), { reset: false });
  }

  /** Ends all connections; what is under way fails. */
  async close(): Promise<void> {
    await Promise.all([this.#agent.destroy(), this.#freshAgent.destroy()]);
  }
}

function dispatch(
  agent: Agent,
  request: PreparedRequest,
  exchange: Exchange,
  options: { reset: boolean },
): void {
  const { origin, path, method, headers, body } = request;
  try {
    agent.dispatch({ origin, path, method, headers, body, ...options }, exchange);
  } catch (error) {
    exchange.onResponseError(null, error instanceof Error ? error : new Error(String(error)));
  }
}
