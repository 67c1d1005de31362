import { describe, expect, it } from 'vitest';
import { Assignment } from './assignment.ts';

describe('Assignment', () => {
  it('keeps the tracker of a partition that the same member keeps', () => {
    const assignment = new Assignment();
    assignment.assign('member-1', [0, 1]);
    const kept = assignment.trackerFor(0, 0);
    assignment.assign('member-1', [0]);
    expect(assignment.trackerFor(0, 0)).toBe(kept);
    expect(kept?.revoked).toBe(false);
  });

  it('revokes a lost partition, whose late completions commit nothing', () => {
    const assignment = new Assignment();
    assignment.assign('member-1', [0, 1]);
    const lost = assignment.trackerFor(1, 0);
    lost?.receive([0], 0);
    assignment.assign('member-1', [0]);
    lost?.finish(0);
    expect(lost?.revoked).toBe(true);
    expect(assignment.committable().size).toBe(0);
    expect(assignment.trackerFor(1, 0)).toBeNull();
  });

  it('begins anew when a partition comes back', () => {
    const assignment = new Assignment();
    assignment.assign('member-1', [0]);
    const before = assignment.trackerFor(0, 0);
    assignment.assign('member-1', []);
    assignment.assign('member-1', [0]);
    expect(assignment.trackerFor(0, 0)).not.toBe(before);
  });

  it('trusts nothing of before under a new member id, as a generation may have passed without it', () => {
    const assignment = new Assignment();
    assignment.assign('member-1', [0]);
    const before = assignment.trackerFor(0, 0);
    assignment.assign('member-2', [0]);
    expect(before?.revoked).toBe(true);
    expect(assignment.trackerFor(0, 0)).not.toBe(before);
  });

  it('takes the records of a topic that was deleted and made anew', () => {
    const assignment = new Assignment();
    assignment.assign('member-1', [0]);
    const before = assignment.trackerFor(0, 700);
    before?.receive([700, 701], 701);
    const after = assignment.trackerFor(0, 0);
    expect(before?.revoked).toBe(true);
    expect(after?.receive([0, 1], 1)).toEqual([0, 1]);
  });

  it('says what may be committed, by partition', () => {
    const assignment = new Assignment();
    assignment.assign('member-1', [0, 1]);
    for (const partition of [0, 1]) {
      const tracker = assignment.trackerFor(partition, 3);
      tracker?.receive([3, 4], 4).forEach((offset) => {
        tracker.begin(offset);
      });
    }
    assignment.trackerFor(1, 3)?.finish(3);
    expect([...assignment.committable()].map(([partition, { offset }]) => [partition, offset])).toEqual([
      [1, 4],
    ]);
    expect(assignment.inFlight).toBe(3);
  });

  it('does not trust a kept tracker when another member has committed beyond what it holds', () => {
    const assignment = new Assignment();
    assignment.assign('member-1', [0]);
    const before = assignment.trackerFor(0, 10);
    before?.receive([10, 11], 11);
    assignment.assign('member-1', [0]);
    const after = assignment.trackerFor(0, 50);
    expect([before?.revoked, after === before]).toEqual([true, false]);
    after?.receive([50], 50);
    expect(assignment.trackerFor(0, 51)).toBe(after);
  });
});
