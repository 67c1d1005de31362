import { expect, it } from 'vitest';
import { OffsetTracker } from '../intake/offset-tracker.ts';
import { HandOver } from './hand-over.ts';

/** Of a partition in which the offsets 0 to 9 were received and have begun. */
function begun(): OffsetTracker {
  const tracker = new OffsetTracker();
  tracker.beginsAt(0);
  tracker.receive([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 9);
  for (let offset = 0; offset < 10; offset += 1) tracker.begin(offset);
  tracker.behind = new Map([['w', { from: 4, until: Infinity }]]);
  return tracker;
}

it('commits stay before the hand-over until it is over, and it is not over before they have come there', () => {
  const tracker = begun();
  const handOver = new HandOver(tracker, 'w', 4);
  expect(handOver.isCovered).toBe(false);
  handOver.happen(7);
  expect(tracker.behind?.get('w')).toEqual({ from: 4, until: 7 });
  for (let offset = 0; offset < 10; offset += 1) tracker.finish(offset);
  expect(tracker.committable).toBe(7);
  expect(handOver.isCovered).toBe(false);
  tracker.committed(7);
  expect(handOver.isCovered).toBe(true);
  handOver.releaseCommits();
  expect(tracker.committable).toBe(10);
});

it('one that happens ahead of what is live is not over before that has come there', () => {
  const tracker = begun();
  const handOver = new HandOver(tracker, 'w', 0);
  handOver.happen(12);
  for (let offset = 0; offset < 10; offset += 1) tracker.finish(offset);
  tracker.committed(10);
  expect(handOver.isCovered).toBe(false);
});
