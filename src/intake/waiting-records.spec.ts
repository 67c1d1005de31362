import { describe, expect, it } from 'vitest';
import { logRecord } from '../../test/support/log-record.ts';
import { OffsetTracker } from './offset-tracker.ts';
import { WaitingRecords } from './waiting-records.ts';

const record = logRecord({ value: Buffer.alloc(10) });

function waiting(enough: number, ...trackers: OffsetTracker[]): WaitingRecords {
  return weighed(enough, Infinity, ...trackers);
}

function weighed(enough: number, bytes: number, ...trackers: OffsetTracker[]): WaitingRecords {
  const records = new WaitingRecords({ records: enough, bytes });
  for (const [offset, tracker] of trackers.entries()) records.add({ record, partition: 0, offset, tracker });
  return records;
}

describe('WaitingRecords', () => {
  it('gives them out in the order they came', () => {
    const records = waiting(10, new OffsetTracker(), new OffsetTracker());
    expect([records.next()?.offset, records.next()?.offset, records.next()]).toEqual([0, 1, undefined]);
  });

  it('leaves those of a lost partition to its owner', () => {
    const [lost, kept] = [new OffsetTracker(), new OffsetTracker()];
    const records = waiting(10, lost, kept, lost, kept);
    lost.revoke();
    expect(records.next()?.offset).toBe(1);
    records.dropRevoked();
    expect([records.next()?.offset, records.next()]).toEqual([3, undefined]);
  });

  it('has enough at the limit, and runs out at half of it', () => {
    const tracker = new OffsetTracker();
    const records = waiting(4, tracker, tracker, tracker, tracker);
    expect(records).toMatchObject({ enoughFetched: true, runningOut: false });
    records.next();
    expect(records).toMatchObject({ enoughFetched: false, runningOut: false });
    records.next();
    expect(records).toMatchObject({ enoughFetched: false, runningOut: true });
  });

  it('has enough of a few that are large: it went by their number alone', () => {
    const tracker = new OffsetTracker();
    const records = weighed(100, 40, tracker, tracker, tracker, tracker);
    expect(records).toMatchObject({ enoughFetched: true, runningOut: false });
    records.next();
    records.next();
    expect(records).toMatchObject({ enoughFetched: false, runningOut: true });
  });
});
