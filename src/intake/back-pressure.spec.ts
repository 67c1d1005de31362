import { describe, expect, it, vi } from 'vitest';
import { logRecord } from '../../test/support/log-record.ts';
import { BackPressure, WaitingRecords } from './back-pressure.ts';
import { OffsetTracker } from './offset-tracker.ts';

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

describe('BackPressure', () => {
  it('is full at the limit of deliveries, and tells when there is room', () => {
    const onRoom = vi.fn();
    const pressure = new BackPressure({ deliveries: 4, bytes: 1_000 }, onRoom);
    pressure.take(3, 1);
    expect(pressure.full).toBe(false);
    pressure.take(2, 1);
    expect(pressure.full).toBe(true);
    pressure.release(1, 0);
    expect(pressure.full).toBe(true);
    expect(onRoom).not.toHaveBeenCalled();
    pressure.release(1, 1);
    expect(pressure.full).toBe(false);
    expect(onRoom).toHaveBeenCalledOnce();
  });

  it('is full at the limit of bytes', () => {
    const pressure = new BackPressure({ deliveries: 100, bytes: 1_000 }, () => undefined);
    pressure.take(1, 600);
    expect(pressure.full).toBe(false);
    pressure.take(1, 600);
    expect(pressure.full).toBe(true);
    pressure.release(1, 600);
    expect(pressure.full).toBe(false);
  });

  it.each([
    ['deliveries', 2, 0],
    ['bytes', 1, 500],
  ])('is high from half of its %s on, before anything has to wait', (_what, deliveries, bytes) => {
    const pressure = new BackPressure({ deliveries: 4, bytes: 1_000 }, () => undefined);
    pressure.take(1, 499);
    expect(pressure.high).toBe(false);
    pressure.release(1, 499);
    pressure.take(deliveries, bytes);
    expect([pressure.high, pressure.full]).toEqual([true, false]);
  });
});
