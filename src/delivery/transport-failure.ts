/**
 * What kept an answer from coming, as one of the published error codes. Told apart by where it happened and by the
 * error's own code, never by message text.
 */
import { errors } from 'undici';
import type { ErrorCode } from '../model/attempt.ts';

export class TransportFailure extends Error {
  override readonly name = 'TransportFailure';

  constructor(
    readonly errorCode: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

const TIMEOUT_CODES = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ESOCKETTIMEDOUT']);

/** An error before the connection stood, on its way to `host`. */
export function connectFailure(error: unknown, url: { host: string; secure: boolean }): TransportFailure {
  if (error instanceof TransportFailure) return error;
  const { code, syscall } = systemError(error);
  if (TIMEOUT_CODES.has(code)) return new TransportFailure('timeout', `no connection to ${url.host} in time`);
  if (syscall === 'connect') {
    return new TransportFailure('connection_refused', `no connection to ${url.host} (${code})`);
  }
  if (url.secure && code !== 'ECONNRESET') {
    return new TransportFailure(
      'tls_error',
      `the TLS handshake with ${url.host} failed (${code}: ${text(error)})`,
    );
  }
  return new TransportFailure('connection_reset', `${url.host} closed the connection (${code})`);
}

/** An error after the request was begun. */
export function exchangeFailure(error: unknown): TransportFailure {
  if (error instanceof TransportFailure) return error;
  if (
    error instanceof errors.HTTPParserError ||
    error instanceof errors.HeadersOverflowError ||
    error instanceof errors.ResponseContentLengthMismatchError
  ) {
    return new TransportFailure(
      'invalid_response',
      `the answer is not valid HTTP (${error.code}: ${error.message})`,
    );
  }
  const { code } = systemError(error);
  return new TransportFailure(
    'connection_reset',
    `the connection ended before the answer was complete (${code})`,
  );
}

/** An AggregateError stands for the tries of several addresses; the first says as much as any. */
function systemError(error: unknown): { code: string; syscall: string } {
  const one: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const { code, syscall } = (one ?? {}) as NodeJS.ErrnoException;
  return { code: code ?? 'unknown', syscall: syscall ?? '' };
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
