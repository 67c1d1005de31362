import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { shared } from './shared-answer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('is done once for all who ask while it runs, and for a while after', async () => {
  let done = 0;
  const ask = shared(async () => {
    await vi.advanceTimersByTimeAsync(5_000);
    done += 1;
    return done;
  }, 1_000);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([1, 1, 1]);
  await vi.advanceTimersByTimeAsync(999);
  expect(await ask()).toBe(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(await ask()).toBe(2);
});

it('is tried again at once after it failed', async () => {
  let tries = 0;
  const ask = shared(() => {
    tries += 1;
    return tries === 1 ? Promise.reject(new Error('away')) : Promise.resolve(tries);
  }, 1_000);
  const answers = await Promise.allSettled([ask(), ask()]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await ask()).toBe(2);
});
