/**
 * Why no answer came, as one of the published error codes. Failures are told apart by where they happened and by the code of
 * the error, never by its message. The messages here name only the host of the webhook's URL. They never name an address, a
 * certificate or anything else that a receiver or a resolver has sent.
 */
import { errors } from 'undici';
import type { ErrorCode } from '../model/attempt.ts';

export class TransportFailure extends Error {
  override readonly name = 'TransportFailure';
  readonly errorCode: ErrorCode;

  constructor(errorCode: ErrorCode, message: string) {
    super(message);
    this.errorCode = errorCode;
  }
}

const TIMEOUT_CODES = new Set([
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
]);

const ASKS_FOR_CERTIFICATE = 'it asks for a client certificate, and this service has none';
const NO_HANDSHAKE = `it refuses what this service offers, or ${ASKS_FOR_CERTIFICATE}`;

const UNTRUSTED = 'by an authority that is not trusted; ca_certificates of the webhook can name it';

/** What is wrong with the handshake, by the error codes of OpenSSL and Node. */
const TLS_FAILURES: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: `its certificate is signed by itself, and so ${UNTRUSTED}`,
  SELF_SIGNED_CERT_IN_CHAIN: `its certificate is signed ${UNTRUSTED}`,
  UNABLE_TO_GET_ISSUER_CERT: `its certificate is signed ${UNTRUSTED}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `its certificate is signed ${UNTRUSTED}`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `its certificate is signed ${UNTRUSTED}, or it does not send the certificates in between`,
  CERT_HAS_EXPIRED: 'its certificate, or that of its authority, has expired',
  CERT_NOT_YET_VALID: 'its certificate, or that of its authority, is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'it does not offer TLS 1.2 or newer',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'it does not offer TLS 1.2 or newer',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: ASKS_FOR_CERTIFICATE,
  // These come from servers with TLS 1.2. OpenSSL 3.0 and later versions name them differently.
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: ASKS_FOR_CERTIFICATE,
  'ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE': ASKS_FOR_CERTIFICATE,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: NO_HANDSHAKE,
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE': NO_HANDSHAKE,
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'it does not know this host name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'it does not speak TLS',
};

/** The failure for an error that came before the connection to `url.host` was open. */
export function connectFailure(error: unknown, url: { host: string; secure: boolean }): TransportFailure {
  if (error instanceof TransportFailure) return error;
  if (isTimeout(error)) return new TransportFailure('timeout', `no connection to ${url.host} in time`);
  const { code, syscall } = systemError(error);
  if (syscall === 'connect') {
    return new TransportFailure('connection_refused', `no connection to ${url.host} (${code})`);
  }
  if (url.secure && code !== 'ECONNRESET') {
    return tlsFailure(`the TLS handshake with ${url.host} failed`, code);
  }
  return new TransportFailure('connection_reset', `${url.host} closed the connection (${code})`);
}

/** The failure for an error that came after the connection was open. */
export function exchangeFailure(error: unknown): TransportFailure {
  if (error instanceof TransportFailure) return error;
  if (
    error instanceof errors.HTTPParserError ||
    error instanceof errors.HeadersOverflowError ||
    error instanceof errors.ResponseContentLengthMismatchError
  ) {
    return invalidAnswer(error.message);
  }
  const { code } = systemError(error);
  // With TLS 1.3 a receiver may refuse the handshake after it is complete for this side.
  if (code.startsWith('ERR_SSL_')) return tlsFailure('the receiver ended the TLS connection', code);
  // undici's parser throws an assertion for input that it does not expect.
  if (code === 'ERR_ASSERTION') return invalidAnswer('');
  return new TransportFailure(
    'connection_reset',
    `the connection ended before the answer was complete (${code})`,
  );
}

function tlsFailure(what: string, code: string): TransportFailure {
  const failure = TLS_FAILURES[code];
  return new TransportFailure('tls_error', `${what}${failure === undefined ? '' : `: ${failure}`} (${code})`);
}

/** Whether the answer was valid as far as it came, but was not complete. */
export function wasCutShort(error: unknown): boolean {
  return (
    error instanceof errors.ResponseContentLengthMismatchError ||
    exchangeFailure(error).errorCode === 'connection_reset'
  );
}

/** @param why the parser's message; empty if there is none. */
function invalidAnswer(why: string): TransportFailure {
  const because = why === '' ? '' : ` (${why})`;
  return new TransportFailure('invalid_response', `the answer is not valid HTTP${because}`);
}

export function isTimeout(error: unknown): boolean {
  return TIMEOUT_CODES.has(systemError(error).code);
}

function systemError(error: unknown): { code: string; syscall: string } {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  return { code: code ?? 'unknown', syscall: syscall ?? '' };
}
