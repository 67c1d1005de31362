import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../test/support/seeded.ts';
import { TransportFailure } from './transport-failure.ts';
import { judge } from './verdict.ts';

const answer = (statusCode: number, body = ''): Parameters<typeof judge>[0] => ({
  answer: { statusCode, headers: {}, body: Buffer.from(body, 'latin1'), cut: false },
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

  it('keeps whatever bytes as text that JSON, UTF-8 and PostgreSQL can hold', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 999 }),
        fc.uint8Array({ maxLength: 1_024 }),
        (statusCode, bytes) => {
          const verdict = judge({
            answer: { statusCode, headers: {}, body: Buffer.from(bytes), cut: false },
          });
          const text = verdict.responseBody ?? '';
          expect(text.isWellFormed()).toBe(true);
          expect(text).not.toContain('\0');
          expect(JSON.parse(Buffer.from(JSON.stringify(text)).toString())).toBe(text);
          expect(verdict.delivered).toBe(statusCode >= 200 && statusCode < 300);
        },
      ),
      seeded(1_000),
    );
  });

  it('keeps any bytes as text that can be stored', () => {
    expect(judge(answer(200, 'a\0b\xff')).responseBody).toBe('a\uFFFDb\uFFFD');
  });
});
