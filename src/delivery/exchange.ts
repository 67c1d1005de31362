/**
 * One request and its answer over undici's dispatcher, without a promise or a stream per request. It never throws: a
 * failure is a result.
 *
 * One deadline covers all from connecting to the last byte. At most 64 KiB of an answer are read, and 1 KiB is kept. A
 * longer answer is cut off and judged by its status. The same holds for an answer of 3xx to 5xx whose connection breaks: a
 * receiver that refuses a large request may close the connection before the request or the answer is complete.
 */
import type { Dispatcher } from 'undici';
import type { PendingConnection } from './dial.ts';
import type { RequestHandler } from './connection.ts';
import { wasClosedWhileIdle } from './receiver-socket.ts';
import { exchangeFailure, TransportFailure, wasCutShort } from './transport-failure.ts';

const MAX_READ_BYTES = 64 * 1024;
export const MAX_KEPT_BYTES = 1024;
/** A larger buffer is not kept whole in memory for the sake of the part that is kept: that part is copied. */
const MAX_WHOLE_BYTES = 4 * 1024;
const NOTHING = Buffer.alloc(0);

export interface PreparedRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: Dispatcher.HttpMethod;
  /** Names and values by turns. */
  readonly headers: string[];
  readonly body: Buffer | null;
  readonly timeoutMs: number;
  /** The only certificate authorities that are trusted, as PEM; null: those of Node's list. */
  readonly caCertificates: string | null;
}

export type HeaderFields = Record<string, string | string[] | undefined>;

export interface Answer {
  readonly statusCode: number;
  readonly headers: HeaderFields;
  /** The first bytes, at most 1 KiB. */
  readonly body: Buffer;
  /** Whether the answer had more than was read. */
  readonly cut: boolean;
}

export type ExchangeResult = { readonly answer: Answer } | { readonly failure: TransportFailure };

/** Handles one request. Pass it to `dispatch`. */
export class Exchange implements RequestHandler {
  #controller: Dispatcher.DispatchController | null = null;
  /** The connection that is being opened for the request; null once it is open. */
  #connecting: PendingConnection | null = null;
  #statusCode = 0;
  #headers: HeaderFields = {};
  #kept: Buffer = NOTHING;
  #readBytes = 0;
  #settled = false;
  readonly #timer: NodeJS.Timeout;

  /**
   * @param done called once.
   * @param retryable called instead of `done` if a kept-alive connection was closed before any byte of an answer. That is
   *   not the endpoint's failure, so the request may be sent again at once.
   */
  constructor(
    private readonly timeoutMs: number,
    private readonly done: (result: ExchangeResult) => void,
    private readonly retryable: ((remainingMs: number) => void) | null = null,
    private readonly deadlineAt = performance.now() + timeoutMs,
  ) {
    this.#timer = setTimeout(() => {
      this.#onDeadline();
    }, timeoutMs);
  }

  onConnecting(connecting: PendingConnection): void {
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
    if (this.#kept.length < MAX_KEPT_BYTES) this.#keep(chunk);
    this.#readBytes += chunk.length;
    if (this.#readBytes <= MAX_READ_BYTES) return;
    this.#answered(true);
    controller.abort(
      new TransportFailure('invalid_response', `the answer is longer than ${MAX_READ_BYTES} bytes`),
    );
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

  /** Keeps one buffer: an answer that comes byte by byte would otherwise be a thousand buffers. */
  #keep(chunk: Buffer): void {
    const more = chunk.subarray(0, MAX_KEPT_BYTES - this.#kept.length);
    if (this.#kept.length === 0 && chunk.buffer.byteLength <= MAX_WHOLE_BYTES) {
      this.#kept = more;
      return;
    }
    // A copy: the whole buffer that was read, or the pool that it is part of, would otherwise stay in memory.
    const kept = Buffer.allocUnsafeSlow(this.#kept.length + more.length);
    this.#kept.copy(kept);
    more.copy(kept, this.#kept.length);
    this.#kept = kept;
  }

  #onDeadline(): void {
    const failure = new TransportFailure('timeout', `no complete answer within ${this.timeoutMs} ms`);
    this.#settle({ failure });
    this.#controller?.abort(failure);
    this.#connecting?.destroy(failure);
  }

  #answered(cut: boolean): void {
    const answer = { statusCode: this.#statusCode, headers: this.#headers, body: this.#kept, cut };
    this.#settle({ answer });
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
