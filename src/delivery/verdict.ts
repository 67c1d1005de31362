/** Judges how an exchange ended: 2xx is success, anything else is a failure with one of the published codes. Pure. */
import type { Verdict } from '../model/attempt.ts';
import { MAX_KEPT_BYTES, type ExchangeResult } from './exchange.ts';

export function judge(result: ExchangeResult): Verdict {
  if ('failure' in result) {
    const { errorCode, message } = result.failure;
    return {
      delivered: false,
      statusCode: null,
      errorCode,
      errorMessage: message,
      responseBody: null,
      bodyCut: false,
      retryAfter: undefined,
    };
  }
  const { statusCode, headers, body, cut } = result.answer;
  const answered = {
    statusCode,
    responseBody: asText(body),
    bodyCut: cut || body.length >= MAX_KEPT_BYTES,
    retryAfter: only(headers['retry-after']),
  };
  if (statusCode >= 200 && statusCode < 300) {
    return { ...answered, delivered: true, errorCode: null, errorMessage: null };
  }
  if (statusCode >= 300 && statusCode < 400) {
    const errorMessage = `the receiver answered ${statusCode}; redirects are not followed`;
    return { ...answered, delivered: false, errorCode: 'redirect', errorMessage };
  }
  const errorMessage = `the receiver answered ${statusCode}`;
  return { ...answered, delivered: false, errorCode: 'http_status', errorMessage };
}

function only(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** The body as text that every consumer can store. Invalid UTF-8 and NUL, which PostgreSQL refuses, become `U+FFFD`. */
function asText(body: Buffer): string {
  return body.toString('utf8').replaceAll('\0', '\uFFFD');
}
