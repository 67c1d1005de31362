import { expect, it } from 'vitest';
import { OffsetTracker } from '../intake/offset-tracker.ts';
import { LeavingWebhooks } from './leaving-webhooks.ts';

function at(offset: number): OffsetTracker {
  const tracker = new OffsetTracker();
  tracker.beginsAt(0);
  const offsets = Array.from({ length: offset + 5 }, (_, index) => index);
  tracker.receive(offsets, offset + 4);
  for (const one of offsets.slice(0, offset)) tracker.begin(one);
  for (const one of offsets.slice(0, offset)) tracker.finish(one);
  return tracker;
}

it('commits wait where a webhook left until its cursor is there, and its events are left out from there', () => {
  const tracker = at(3);
  const leaving = new LeavingWebhooks(tracker);
  leaving.leave('w', false);
  expect(leaving.placed).toEqual([['w', 3]]);
  expect(tracker.behind?.get('w')).toEqual({ from: 3, until: Infinity });
  for (const offset of [3, 4]) {
    tracker.begin(offset);
    tracker.finish(offset);
  }
  expect(tracker.committable).toBe(3);
  leaving.hasLeft('w');
  expect(tracker.committable).toBe(5);
});

it('one that is heard of is given no cursor before the table was looked at after it was heard of', () => {
  const leaving = new LeavingWebhooks(at(3));
  leaving.leave('early', true);
  const before = leaving.heard;
  leaving.leave('late', true);
  expect(leaving.placed).toEqual([]);
  leaving.looked(before);
  expect(leaving.placed).toEqual([['early', 3]]);
});

it('one that left before it was known where reading begins is placed where it began', () => {
  const tracker = new OffsetTracker();
  const leaving = new LeavingWebhooks(tracker);
  leaving.leave('w', false);
  expect(leaving.placed).toEqual([]);
  tracker.beginsAt(42);
  expect(leaving.placed).toEqual([['w', 42]]);
});
