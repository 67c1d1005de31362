import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OffsetTracker } from './offset-tracker.ts';

function tracking(...offsets: number[]): OffsetTracker {
  const tracker = new OffsetTracker();
  tracker.receive(offsets, offsets.at(-1) ?? 0).forEach((offset) => {
    tracker.begin(offset);
  });
  return tracker;
}

describe('OffsetTracker', () => {
  it('offers nothing while the first record is in flight', () => {
    const tracker = tracking(0, 1, 2);
    tracker.finish(1);
    tracker.finish(2);
    expect(tracker.committable).toBeNull();
    expect(tracker.inFlight).toBe(1);
  });

  it('offers the offset after the last of the contiguous finished ones', () => {
    const tracker = tracking(0, 1, 2);
    tracker.finish(1);
    tracker.finish(0);
    expect(tracker.committable).toBe(2);
  });

  it('offers nothing that the broker has already', () => {
    const tracker = tracking(0, 1);
    tracker.finish(0);
    tracker.committed(1);
    expect(tracker.committable).toBeNull();
    tracker.finish(1);
    expect(tracker.committable).toBe(2);
  });

  it('walks over gaps that compaction left', () => {
    const tracker = tracking(10, 17, 30);
    tracker.finish(10);
    expect(tracker.committable).toBe(11);
    tracker.finish(17);
    expect(tracker.committable).toBe(18);
  });

  it('commits up to the end of the batch, beyond control records that were never handed over', () => {
    const tracker = new OffsetTracker();
    tracker.receive([5, 6], 9);
    tracker.finish(5);
    tracker.finish(6);
    expect(tracker.committable).toBe(10);
  });

  it('does not hand out again what a rejoin reads again', () => {
    const tracker = tracking(0, 1, 2);
    tracker.finish(0);
    tracker.finish(2);
    expect(tracker.receive([1, 2, 3], 3)).toEqual([3]);
    tracker.begin(3);
    expect(tracker.inFlight).toBe(2);
    tracker.finish(1);
    expect(tracker.committable).toBe(3);
    tracker.finish(3);
    expect(tracker.committable).toBe(4);
  });

  it('has nothing in flight of what was received and not begun, and commits nothing of it', () => {
    const tracker = new OffsetTracker();
    tracker.receive([0, 1], 1);
    expect(tracker.inFlight).toBe(0);
    tracker.begin(0);
    tracker.finish(0);
    expect(tracker.inFlight).toBe(0);
    expect(tracker.committable).toBe(1);
  });

  it('counts a record that is finished twice once', () => {
    const tracker = tracking(0, 1, 2);
    tracker.finish(0);
    tracker.finish(0);
    tracker.finish(2);
    tracker.finish(2);
    expect(tracker.inFlight).toBe(1);
    expect(tracker.committable).toBe(1);
  });

  it('tells a log that was made anew from one that is read again', () => {
    const tracker = tracking(500, 501);
    expect(tracker.isRewoundBy(500)).toBe(false);
    expect(tracker.isRewoundBy(0)).toBe(true);
    tracker.finish(500);
    tracker.committed(501);
    expect(tracker.isRewoundBy(501)).toBe(false);
    expect(tracker.isRewoundBy(500)).toBe(true);
  });

  it('is not taken for rewound while a rejoin reads it again in parts and commits go on: all was worked twice', () => {
    const tracker = tracking(0, 1, 2, 3, 4, 5);
    tracker.finish(0);
    tracker.committed(1);
    tracker.rejoined();
    for (const offset of [1, 2, 3, 4]) tracker.finish(offset);
    tracker.committed(5);
    expect(tracker.isRewoundBy(3)).toBe(false);
    expect(tracker.receive([3, 4], 4)).toEqual([]);
    expect(tracker.isRewoundBy(0)).toBe(true);
    expect(tracker.receive([5, 6], 6)).toEqual([6]);
    expect(tracker.isRewoundBy(3)).toBe(true);
  });

  it('agrees with a plain model under any order of receiving, finishing, committing and reading again', () => {
    const steps = fc.array(
      fc.oneof(
        fc.record({
          do: fc.constant('receive' as const),
          gaps: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 }),
        }),
        fc.record({ do: fc.constant('finish' as const), pick: fc.nat() }),
        fc.record({ do: fc.constant('commit' as const) }),
        fc.record({ do: fc.constant('read again' as const) }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        const tracker = new OffsetTracker();
        const received: number[] = [];
        const open = new Set<number>();
        let committed = 0;
        for (const step of all) {
          if (step.do === 'receive') {
            let next = received.at(-1) ?? -1;
            const offsets = step.gaps.map((gap) => (next += gap));
            expect(tracker.receive(offsets, next)).toEqual(offsets);
            for (const offset of offsets) {
              open.add(offset);
              tracker.begin(offset);
            }
            received.push(...offsets);
          } else if (step.do === 'finish' && open.size > 0) {
            const offset = [...open][step.pick % open.size] ?? 0;
            open.delete(offset);
            tracker.finish(offset);
          } else if (step.do === 'commit' && tracker.committable !== null) {
            committed = tracker.committable;
            tracker.committed(committed);
          } else if (step.do === 'read again') {
            const again = received.filter((offset) => offset >= committed);
            if (again.length > 0) expect(tracker.receive(again, again.at(-1) ?? 0)).toEqual([]);
          }
          const firstOpen = received.find((offset) => open.has(offset));
          const finishedBefore = received.filter((offset) => firstOpen === undefined || offset < firstOpen);
          const expected = (finishedBefore.at(-1) ?? -1) + 1;
          expect(tracker.inFlight).toBe(open.size);
          expect(tracker.committable).toBe(
            finishedBefore.length > 0 && expected > committed ? expected : null,
          );
        }
      }),
    );
  });
});
