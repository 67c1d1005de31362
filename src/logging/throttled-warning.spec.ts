import { expect, it, vi } from 'vitest';
import { Throttle } from './throttle.ts';
import { ThrottledWarning } from './throttled-warning.ts';

it('is said at once and then once in half a minute: a database that was away filled the log with five lines a second', () => {
  const logger = { warn: vi.fn() };
  let now = 1_000;
  const warning = new ThrottledWarning(logger, 'could not be read', () => now);
  const error = new Error('away');

  warning.say(error);
  expect(logger.warn.mock.calls).toEqual([[{ err: error }, 'could not be read']]);

  for (now = 1_250; now < 31_000; now += 250) warning.say(error);
  expect(logger.warn).toHaveBeenCalledOnce();

  now = 31_000;
  warning.say(error);
  expect(logger.warn.mock.calls[1]).toEqual([{ err: error, timesSinceLastSaid: 119 }, 'could not be read']);

  now = 200_000;
  warning.say(error);
  expect(logger.warn.mock.calls[2]).toEqual([{ err: error }, 'could not be read']);
});

it('another kind of error is said at once, with what happens next: a full disk was hidden behind a restart', () => {
  const logger = { warn: vi.fn() };
  const warning = new ThrottledWarning(logger, 'could not be written', () => 0);
  const away = Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
  const full = Object.assign(new Error('full'), { code: '53100' });
  for (const error of [away, full, away, full]) warning.say(error, { inMs: 100 });
  expect(logger.warn.mock.calls).toEqual([
    [{ err: away, inMs: 100 }, 'could not be written'],
    [{ err: full, inMs: 100 }, 'could not be written'],
  ]);
});

it('what is said of is bounded: messages that have a number in them are each a thing of its own', () => {
  const throttle = new Throttle(() => 0);
  for (let at = 0; at < 1_000; at += 1) throttle.mayBeSaid(`message ${at}`);
  expect(throttle.mayBeSaid('message 999')).toBeNull();
  expect(throttle.mayBeSaid('message 0')).toBe(0);
});
