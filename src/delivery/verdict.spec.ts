import { describe, expect, it } from 'vitest';
import { TransportFailure } from './transport-failure.ts';
import { judge } from './verdict.ts';

const answer = (statusCode: number, body = ''): Parameters<typeof judge>[0] => ({
  answer: { statusCode, headers: {}, body: Buffer.from(body, 'latin1') },
});

describe('judge', () => {
  it.each([200, 201, 202, 204, 299])('takes %d for success', (statusCode) => {
    expect(judge(answer(statusCode, 'ok'))).toEqual({
      delivered: true,
      statusCode,
      errorCode: null,
      errorMessage: null,
      responseBody: 'ok',
      bodyCut: false,
    });
  });

  it.each([300, 301, 302, 304, 308])('takes %d for a redirect, which is a failure', (statusCode) => {
    expect(judge(answer(statusCode))).toMatchObject({ delivered: false, statusCode, errorCode: 'redirect' });
  });

  it.each([400, 401, 404, 410, 429, 500, 503, 599, 600])('takes %d for a failure', (statusCode) => {
    expect(judge(answer(statusCode))).toMatchObject({
      delivered: false,
      statusCode,
      errorCode: 'http_status',
    });
  });

  it('passes on why there was no answer', () => {
    expect(judge({ failure: new TransportFailure('tls_error', 'expired') })).toEqual({
      delivered: false,
      statusCode: null,
      errorCode: 'tls_error',
      errorMessage: 'expired',
      responseBody: null,
      bodyCut: false,
    });
  });

  it('keeps any bytes as text that can be stored', () => {
    expect(judge(answer(200, 'a\0b\xff')).responseBody).toBe('a\uFFFDb\uFFFD');
  });
});
