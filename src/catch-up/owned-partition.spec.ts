/** The rules of order among the cursors of one partition, each by itself; `test/model/` has all of them at random. */
import { Logger } from '@nestjs/common';
import { expect, it, vi } from 'vitest';
import { logRecord } from '../../test/support/log-record.ts';
import { sampleWebhook } from '../../test/support/sample-webhook.ts';
import { OffsetTracker } from '../intake/offset-tracker.ts';
import { OffsetGone } from '../kafka/log-faults.ts';
import type { RecordBatch } from '../kafka/log-record.ts';
import type { Holder } from '../pipeline/delivery-run.ts';
import { Allowance } from './allowance.ts';
import type { Cursor, CursorReplay } from './cursor.ts';
import { OwnedPartition } from './owned-partition.ts';

const LENGTH = 20;

/** Offsets that were handed to the pipeline, and who holds them. */
class Bench {
  readonly tracker = new OffsetTracker();
  readonly sent: { offset: number; holder: Holder }[] = [];
  readonly owned: OwnedPartition;
  accepted: (holder: Holder) => void = () => undefined;
  read: (from: number) => Promise<RecordBatch | null> = (from) => Promise.resolve(batchFrom(from));

  /** @param position how far what is live has come. */
  constructor(position: number) {
    this.tracker.beginsAt(0);
    const offsets = Array.from({ length: position }, (_, offset) => offset);
    this.tracker.receive(offsets, position - 1, 0);
    for (const offset of offsets) this.tracker.begin(offset);
    const lanes = { refuses: () => false, placesFor: () => 100, all: new Map() };
    this.owned = new OwnedPartition(0, this.tracker, {
      log: { topic: 'user-events', read: (_partition, from) => this.read(from) },
      pipeline: {
        acceptAgain: ({ source }, _webhook, _why, holder) => {
          this.sent.push({ offset: Number(source.offset), holder });
          this.accepted(holder);
        },
      },
      allowance: new Allowance(lanes, { deliveries: 100, bytes: 1_000_000, batches: 10 }),
      elapsed: () => 0,
      recovery: { revive: () => Promise.resolve(null) },
      find: () => sampleWebhook({ id: 'w' }),
      wake: () => undefined,
    });
    this.owned.claimed = true;
  }

  take(id: string, cursor: Partial<Cursor>): void {
    const plain = { webhookId: 'w', partition: 0, next: 0, end: null, liveBefore: 0 };
    const known = { matched: 0, expired: 0, anyGivenUp: false, replay: null };
    this.owned.take({ id, ...plain, ...known, ...cursor });
  }

  async work(): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      for (const run of [...this.owned.runs.values()]) this.owned.step(run);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  get offsets(): number[] {
    return this.sent.map(({ offset }) => offset);
  }
}

function batchFrom(from: number): RecordBatch | null {
  const offsets = Array.from({ length: LENGTH - from }, (_, index) => from + index);
  if (offsets.length === 0) return null;
  const value = JSON.stringify({
    ...{ id: 'evt_1', type: 'user_created', timestamp: '2026-11-24T10:00:00Z' },
    data: { username: 'ann' },
  });
  const records = offsets.map((offset) => logRecord({ key: 'ann', value, offset }));
  return { partition: 0, records, firstOffset: from, lastOffset: LENGTH - 1 };
}

function replay(id: string, more: Partial<CursorReplay> = {}): CursorReplay {
  const none = { triggers: null, username: null, eventId: null, deliveryId: null, from: null, to: null };
  const all = { mode: 'all', dryRun: false, stopping: false, attemptsBefore: 0 } as const;
  return { id, kind: 'replay', ...all, ...none, ...more };
}

const upTo = (end: number): number[] => Array.from({ length: end }, (_, offset) => offset);

it('what had begun live before a webhook was taken out comes first, after a crash too', async () => {
  const bench = new Bench(3);
  bench.take('place', { next: 2, liveBefore: 5 });
  await bench.work();
  expect(bench.offsets).toEqual([]);
  expect(bench.tracker.behind?.get('w')).toEqual({ from: 5, until: Infinity });
  bench.tracker.receive([3, 4], 4);
  for (const offset of [3, 4]) bench.tracker.begin(offset);
  await bench.work();
  expect(bench.offsets[0]).toBe(2);
});

it('a replay waits while its webhook is behind, and for an earlier replay', async () => {
  const bench = new Bench(LENGTH);
  bench.take('place', { next: LENGTH - 2 });
  bench.take('second', { end: 2, replay: replay('2') });
  bench.take('first', { end: 3, replay: replay('1') });
  bench.owned.step(bench.owned.runs.get('second') ?? expect.fail());
  await bench.work();
  // The place has handed over by now; the second one waits until the first one is over and gone.
  expect(bench.offsets).toEqual([LENGTH - 2, LENGTH - 1, 0, 1, 2]);
});

it('a replay sends nothing that has not begun live', async () => {
  const bench = new Bench(4);
  bench.take('replay', { end: 10, replay: replay('1') });
  await bench.work();
  expect(bench.offsets).toEqual(upTo(4));
});

it('a dry run waits for nothing and sends nothing', async () => {
  const bench = new Bench(4);
  bench.take('dry', { end: 10, replay: replay('1', { dryRun: true }) });
  await bench.work();
  expect(bench.offsets).toEqual([]);
  expect(bench.owned.runs.get('dry')?.countMatched()).toBe(10);
});

it('after one came back nothing is handed out until all under way has ended, and then from there', async () => {
  const bench = new Bench(LENGTH);
  bench.take('replay', { end: 4, replay: replay('1') });
  await bench.work();
  expect(bench.offsets).toEqual(upTo(4));
  const [first, second, third, fourth] = bench.sent.map(({ holder }) => holder);
  first?.deliveryFinished();
  expect([second?.takeBack?.(), fourth?.takeBack?.()]).toEqual([true, true]);
  await bench.work();
  expect(bench.offsets).toEqual(upTo(4));
  third?.deliveryFinished();
  await bench.work();
  expect(bench.offsets).toEqual([...upTo(4), 1, 3]);
});

it('behind one that comes back at once nothing is handed out, though its lane would take that', async () => {
  const bench = new Bench(LENGTH);
  let full = true;
  bench.accepted = (holder) => {
    if (full) holder.takeBack?.();
    full = false;
  };
  bench.take('replay', { end: 3, replay: replay('1') });
  await bench.work();
  expect(bench.offsets).toEqual([0, ...upTo(3)]);
});

it('after the hand-over nothing is taken back: what is live may be behind it', async () => {
  const bench = new Bench(LENGTH);
  bench.take('place', { next: LENGTH - 1 });
  await bench.work();
  expect(bench.tracker.behind?.get('w')).toEqual({ from: 0, until: LENGTH });
  expect(bench.sent[0]?.holder.takeBack?.()).toBe(false);
});

it('a pause after the hand-over leaves events out from there on, and its place goes on from there', async () => {
  const bench = new Bench(LENGTH);
  bench.take('place', { next: LENGTH - 1 });
  await bench.work();
  bench.owned.takeOut('w');
  expect(bench.tracker.behind?.get('w')).toEqual({ from: 0, until: Infinity });
  for (const offset of upTo(LENGTH)) bench.tracker.finish(offset);
  bench.tracker.committed(LENGTH);
  for (const { holder } of bench.sent) holder.deliveryFinished();
  expect(bench.owned.changes()).toMatchObject([{ next: LENGTH, done: false, leavesReplay: true }]);
  bench.owned.written(bench.owned.changes());
  expect(bench.owned.runs.get('place')?.cursor).toMatchObject({ next: LENGTH, liveBefore: LENGTH });
});

it('a replay of a log that was made anew is over, and counts what is missing; a place goes on with the new log', async () => {
  const bench = new Bench(LENGTH);
  const logger = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  bench.read = (from) =>
    from > 2 ? Promise.reject(new OffsetGone('user-events', 0, from, 0, 2)) : Promise.resolve(null);
  bench.take('replay', { next: 4, end: 9, replay: replay('1') });
  await bench.work();
  expect(bench.owned.runs.get('replay')).toMatchObject({ isOver: true, saved: 9, expired: 5 });
  bench.take('place', { next: 4 });
  await bench.work();
  expect(bench.owned.runs.get('place')).toMatchObject({ isOver: false, saved: 0, expired: 0 });
  expect(logger).toHaveBeenCalledTimes(2);
  logger.mockRestore();
});

it('a lost partition hands nothing out', async () => {
  const bench = new Bench(LENGTH);
  bench.take('replay', { end: 4, replay: replay('1') });
  bench.tracker.revoke();
  await bench.work();
  expect(bench.offsets).toEqual([]);
});
