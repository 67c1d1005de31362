import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seeded } from '../../test/support/seeded.ts';
import { nextStep, webhookRetryAfterMs } from './next-step.ts';

const NOW = Date.parse('2026-11-24T10:00:00Z');
const SCHEDULE = [5_000, 300_000];

interface Values {
  readonly delivered: boolean;
  readonly statusCode: number;
  readonly retryAfter: string | undefined;
  readonly number: number;
}

function step(values: Partial<Values>, random = 0.5): ReturnType<typeof nextStep> {
  const attempt = { delivered: false, statusCode: 500, retryAfter: undefined, number: 1, ...values };
  return nextStep(attempt, attempt.number, SCHEDULE, { now: NOW, random });
}

describe('nextStep', () => {
  it('is delivered after a success', () => {
    expect(step({ delivered: true, statusCode: 204 })).toEqual({ kind: 'delivered' });
  });

  it('follows the schedule, then gives up', () => {
    expect(step({ number: 1 })).toEqual({ kind: 'retry', delayMs: 5_000 });
    expect(step({ number: 2 })).toEqual({ kind: 'retry', delayMs: 300_000 });
    expect(step({ number: 3 })).toEqual({ kind: 'exhausted', gone: false });
  });

  it('spreads each delay by 20 % either way', () => {
    expect(step({}, 0)).toEqual({ kind: 'retry', delayMs: 4_000 });
    expect(step({}, 0.999_999)).toEqual({ kind: 'retry', delayMs: 6_000 });
  });

  it('gives up at once when the receiver is gone', () => {
    expect(step({ statusCode: 410 })).toEqual({ kind: 'exhausted', gone: true });
  });

  it.each([
    ['seconds', 429, '120', 120_000],
    ['a date', 503, 'Tue, 24 Nov 2026 10:02:00 GMT', 120_000],
    ['less than the schedule', 429, '1', 5_000],
    ['a date in the past', 503, 'Tue, 24 Nov 2026 09:00:00 GMT', 5_000],
    ['more than a day', 429, '999999', 86_400_000],
    ['nonsense', 429, 'soon', 5_000],
    ['nothing', 429, undefined, 5_000],
    ['seconds, but with another status', 500, '120', 5_000],
  ])('honours a Retry-After of %s', (_what, statusCode, retryAfter, delayMs) => {
    expect(step({ statusCode, retryAfter })).toEqual({ kind: 'retry', delayMs });
  });

  it('waits between nothing and the later of a day and the schedule, whatever Retry-After says', () => {
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^\d{1,400}$/),
      fc.date({ noInvalidDate: true }).map((date) => date.toUTCString()),
      fc.stringMatching(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/),
    );
    fc.assert(
      fc.property(header, (retryAfter) => {
        const next = step({ statusCode: 429, retryAfter });
        if (next.kind !== 'retry') throw new Error(`is ${next.kind}`);
        expect(Number.isFinite(next.delayMs)).toBe(true);
        expect(next.delayMs).toBeGreaterThanOrEqual(5_000);
        expect(next.delayMs).toBeLessThanOrEqual(86_400_000);
      }),
      seeded(2_000),
    );
  });

  it('does not let Retry-After stretch the schedule by further attempts', () => {
    expect(step({ statusCode: 429, retryAfter: '10', number: 3 })).toEqual({
      kind: 'exhausted',
      gone: false,
    });
  });
});

describe('webhookRetryAfterMs', () => {
  const chance = { now: NOW, random: 0.5 };

  it.each([
    ['seconds', 429, '120', 120_000],
    ['a date', 503, 'Tue, 24 Nov 2026 10:02:00 GMT', 120_000],
    ['less than the first delay', 429, '1', 5_000],
    ['a date in the past', 503, 'Tue, 24 Nov 2026 09:00:00 GMT', 5_000],
    ['more than a day', 429, '999999', 86_400_000],
    ['nonsense', 429, 'soon', null],
    ['nothing', 503, undefined, null],
    ['seconds, but with another status', 500, '120', null],
    ['seconds, but with a success', 200, '120', null],
  ])('of %s', (_what, statusCode, retryAfter, heldMs) => {
    expect(webhookRetryAfterMs({ statusCode, retryAfter }, SCHEDULE, chance)).toBe(heldMs);
  });

  it('is not for hours because the delivery that was answered is at its last attempts', () => {
    const asked = { delivered: false, statusCode: 429, retryAfter: '10' };
    expect(nextStep(asked, 2, SCHEDULE, chance)).toEqual({ kind: 'retry', delayMs: 300_000 });
    expect(webhookRetryAfterMs(asked, SCHEDULE, chance)).toBe(10_000);
    expect(webhookRetryAfterMs(asked, [], chance)).toBe(10_000);
  });

  it('spreads what is below the first delay as the schedule does', () => {
    const held = [0, 0.999_999].map((random) =>
      webhookRetryAfterMs({ statusCode: 429, retryAfter: '0' }, SCHEDULE, { now: NOW, random }),
    );
    expect(held).toEqual([4_000, 6_000]);
  });
});
