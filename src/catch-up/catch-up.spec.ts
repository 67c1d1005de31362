import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, expect, it, vi, type MockInstance } from 'vitest';
import { OffsetTracker } from '../intake/offset-tracker.ts';
import { CatchUp } from './catch-up.ts';
import type { CatchUpParts } from './catch-up-parts.ts';

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
    webhooks: { paused: [], find: () => null, known: () => null, isEnabled: () => true },
    cursors: { elapsed: () => 0, allowance: { turned: () => undefined } },
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

/** @param claims what happens while the partition is claimed, each time. */
function known(
  paused: readonly string[],
  claims: (() => void)[] = [],
): { catchUp: CatchUp; asked: () => number } {
  const claim = vi.fn(() => {
    claims.shift()?.();
    return Promise.resolve({ cursors: [], begins: 0, before: { givenUp: 0, read: 0 } });
  });
  const webhooks = { paused, find: () => null, known: () => null, isEnabled: () => true };
  const list = (): Promise<[]> => Promise.resolve([]);
  const write = (): Promise<object> => Promise.resolve({ written: new Set(), lost: new Set() });
  const allowance = { turned: () => undefined };
  const cursors = { elapsed: () => 0, allowance, log: { topic: 'user-events' } };
  const backlog = { looks: 0, forgetEmptied: () => undefined };
  const parts = { store: { claim, list, write }, webhooks, cursors, backlog, soon: setImmediate } as unknown;
  return { catchUp: new CatchUp(parts as CatchUpParts), asked: () => claim.mock.calls.length };
}

it('a paused webhook is out of what is live before anything of a new partition begins', async () => {
  const tracker = new OffsetTracker();
  const behind = await new Promise((resolve) => {
    known(['w']).catchUp.prepare(0, tracker, () => {
      resolve(tracker.behind?.get('w'));
    });
  });
  expect(behind).toEqual({ from: 0, until: Infinity });
});

it('a webhook that is paused is out of what is live in the step in which it is heard of', async () => {
  const paused: string[] = [];
  const { catchUp: one } = known(paused);
  const tracker = new OffsetTracker();
  await new Promise<void>((resolve) => {
    one.prepare(0, tracker, resolve);
  });
  expect(tracker.behind).toBeNull();
  paused.push('w');
  one.changed([]);
  expect(tracker.behind?.get('w')).toEqual({ from: 0, until: Infinity });
});

it('cursors that were read before a webhook was heard of are read again', async () => {
  const heard: (() => void)[] = [];
  const { catchUp: one, asked } = known([], heard);
  heard.push(() => {
    one.changed([]);
  });
  await new Promise<void>((resolve) => {
    one.prepare(0, new OffsetTracker(), resolve);
  });
  expect(asked()).toBe(2);
});
