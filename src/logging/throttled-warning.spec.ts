import { expect, it, vi } from 'vitest';
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
