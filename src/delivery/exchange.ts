/**
 * One request and its answer over undici's dispatcher, without a promise or a stream per request.
 *
 * One deadline covers everything from connecting to the last byte. Of an answer at most 64 KiB are read and 1 KiB is
 * kept; a longer one is cut off and judged by its status, and so is one that is no success when its connection breaks: a
 * receiver that refuses a large request may close before either is complete. It never throws: what went wrong is data.
 */
import type { Dispatcher } from 'undici';
import type { Connecting } from './connecting.ts';
import type { RequestHandler } from './connection.ts';
import { wasClosedWhileIdle } from './reading.ts';
import { exchangeFailure, TransportFailure, wasCutShort } from './transport-failure.ts';

const MAX_READ_BYTES = 64 * 1024;
export const MAX_KEPT_BYTES = 1024;

export interface PreparedRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: Dispatcher.HttpMethod;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Buffer | null;
  readonly timeoutMs: number;
  /** PEM: the only certificate authorities that are trusted; null: Node's list. */
  readonly caCertificates: string | null;
}

export type HeaderFields = Record<string, string | string[] | undefined>;

export interface Answer {
  readonly statusCode: number;
  readonly headers: HeaderFields;
  /** The first bytes, at most `keepBytes`. */
  readonly body: Buffer;
  /** Whether more of the body was to come. */
  readonly cut: boolean;
}

export type ExchangeResult = { readonly answer: Answer } | { readonly failure: TransportFailure };

/** Sees one request through; pass it to `dispatch`. */
export class Exchange implements RequestHandler {
  #controller: Dispatcher.DispatchController | null = null;
  /** The connection that is made for it, until it stands. */
  #connecting: Connecting | null = null;
  #statusCode = 0;
  #headers: HeaderFields = {};
  #chunks: Buffer[] = [];
  #keptBytes = 0;
  #readBytes = 0;
  #settled = false;
  readonly #timer: NodeJS.Timeout;

  /**
   * @param done called once.
   * @param retryable called instead of `done` when a kept-alive connection turned out to be closed before any byte of an
   *   answer: that is the transport's failure, not the endpoint's.
   */
  constructor(
    private readonly timeoutMs: number,
    private readonly keepBytes: number,
    private readonly done: (result: ExchangeResult) => void,
    private readonly retryable: ((remainingMs: number) => void) | null = null,
    private readonly deadlineAt = performance.now() + timeoutMs,
  ) {
    this.#timer = setTimeout(() => {
      this.#onDeadline();
    }, timeoutMs);
  }

  onConnecting(connecting: Connecting): void {
    this.#connecting = connecting;
    if (this.#settled) connecting.destroy(givenUp());
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#connecting = null;
    if (this.#settled) controller.abort(givenUp());
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    statusCode: number,
    headers: HeaderFields,
  ): void {
    // Informational answers (1xx) precede the real one.
    if (statusCode < 200) return;
    this.#statusCode = statusCode;
    this.#headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#keptBytes < this.keepBytes) {
      const kept = chunk.subarray(0, this.keepBytes - this.#keptBytes);
      this.#chunks.push(kept);
      this.#keptBytes += kept.length;
    }
    this.#readBytes += chunk.length;
    if (this.#readBytes <= MAX_READ_BYTES) return;
    this.#answered(true);
    controller.abort(new TransportFailure('invalid_response', 'the answer is longer than is read'));
  }

  onResponseEnd(): void {
    this.#answered(false);
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    if (this.#settled) return;
    if (this.#statusCode === 0 && this.retryable && wasClosedWhileIdle(error)) {
      this.#settled = true;
      clearTimeout(this.#timer);
      this.retryable(Math.max(1, this.deadlineAt - performance.now()));
      return;
    }
    if (this.#statusCode >= 300 && wasCutShort(error)) this.#answered(true);
    else this.#settle({ failure: exchangeFailure(error) });
  }

  #onDeadline(): void {
    const failure = new TransportFailure('timeout', `no complete answer within ${this.timeoutMs} ms`);
    this.#settle({ failure });
    this.#controller?.abort(failure);
    this.#connecting?.destroy(failure);
  }

  #answered(cut: boolean): void {
    const body = this.#chunks.length === 1 && this.#chunks[0] ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#settle({ answer: { statusCode: this.#statusCode, headers: this.#headers, body, cut } });
  }

  #settle(result: ExchangeResult): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.done(result);
  }
}

function givenUp(): TransportFailure {
  return new TransportFailure('timeout', 'given up before it was sent');
}
