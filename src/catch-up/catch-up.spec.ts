import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi, type MockInstance } from 'vitest';
import { OffsetTracker } from '../intake/offset-tracker.ts';
import { CatchUp, type CatchUpParts } from './catch-up.ts';

let warn: MockInstance;

beforeEach(() => {
  warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});

afterEach(() => {
  warn.mockRestore();
});

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** @param fails whether what is asked of the table fails, and when: the process may be closed by then. */
function catchUp(fails: Promise<never>): { catchUp: CatchUp; asked: () => number } {
  const claim = vi.fn(() => fails);
  const parts = {
    store: { claim, list: claim, write: claim },
    matching: { paused: [], find: () => null, known: () => null, isEnabled: () => true },
    cursors: { elapsed: () => 0 },
    soon: setImmediate,
    after: (_ms: number, callback: () => void) => {
      setImmediate(callback);
    },
  } as unknown as CatchUpParts;
  return { catchUp: new CatchUp(parts), asked: () => claim.mock.calls.length };
}

it('cursors that cannot be read are asked for again, with a warning', async () => {
  const away = catchUp(Promise.reject(new Error('away')));
  away.catchUp.prepare(0, new OffsetTracker(), () => undefined);
  await turn();
  await turn();
  expect(away.asked()).toBeGreaterThan(1);
  expect(warn).toHaveBeenCalledTimes(1);
  away.catchUp.close();
});

it('a log that was closed as the process stops is nothing to warn of, and is not asked again', async () => {
  let fail: (error: Error) => void = () => undefined;
  const closed = catchUp(
    new Promise<never>((_, reject) => {
      fail = reject;
    }),
  );
  closed.catchUp.prepare(0, new OffsetTracker(), () => undefined);
  closed.catchUp.close();
  fail(new Error('the reader is closed'));
  await turn();
  await turn();
  closed.catchUp.prepare(1, new OffsetTracker(), () => undefined);
  await closed.catchUp.poll();
  expect(closed.asked()).toBe(1);
  expect(warn).not.toHaveBeenCalled();
});
