import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { seeded } from '../../test/support/seeded.ts';
import { retryAfterMs } from './retry-after.ts';

const NOW = Date.parse('1994-11-06T08:49:00Z');

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('retryAfterMs', () => {
  it.each([
    ['0', 0],
    ['37', 37_000],
    [' 37 ', 37_000],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 37_000],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 37_000],
    ['Sun Nov  6 08:49:37 1994', 37_000],
    ['Sun, 06 Nov 1994 08:00:00 GMT', 0],
    ['', null],
    ['-5', null],
    ['1.5', null],
    ['1e3', null],
    ['1994-11-06T08:49:37Z', null],
    ['Sun, 06 Nov 1994 08:49:37', null],
    ['Sun, 99 Nov 1994 08:49:37 GMT', null],
    [undefined, null],
  ])('reads %j as %j', (header, expected) => {
    expect(retryAfterMs(header, NOW)).toBe(expected);
  });

  it('reads a year of two digits as one of this century', () => {
    expect(retryAfterMs('Thursday, 26-Nov-26 08:49:37 GMT', Date.parse('2026-11-26T08:49:00Z'))).toBe(37_000);
  });

  it('reads a date that names no zone as UTC, wherever the service runs', () => {
    vi.stubEnv('TZ', 'Asia/Tokyo');
    expect(new Date(0).getTimezoneOffset()).toBe(-540);
    expect(retryAfterMs('Sun Nov  6 08:49:37 1994', NOW)).toBe(37_000);
  });

  it('never answers with less than zero or no number', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.nat().map(String),
          fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
        ),
        (header) => {
          const ms = retryAfterMs(header, NOW);
          expect(ms === null || ms >= 0).toBe(true);
        },
      ),
      seeded(2_000),
    );
  });
});
