import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lanes, type LaneWork } from './lanes.ts';

/** A work whose end the test decides. */
class Work implements LaneWork {
  settle: ((againInMs: number | null) => void) | null = null;
  runs = 0;

  constructor(
    readonly laneId: string,
    readonly orderKey: string | null,
    private readonly log: Work[] = [],
    readonly laneLimit = 10,
  ) {}

  get running(): boolean {
    return this.settle !== null;
  }

  run(settled: (againInMs: number | null) => void): void {
    this.runs += 1;
    this.log.push(this);
    this.settle = (againInMs) => {
      this.settle = null;
      settled(againInMs);
    };
  }
}

/** Timers that fire when told. */
class Timers {
  readonly due: (() => void)[] = [];
  readonly after = (_ms: number, callback: () => void): void => void this.due.push(callback);
}

function submitted(lanes: Lanes, ...works: Work[]): void {
  for (const work of works) lanes.submit(work);
}

describe('Lanes', () => {
  it('runs one delivery of an order key at a time, in the order of submission', () => {
    const lanes = new Lanes(10, new Timers().after);
    const [first, second, other] = [new Work('w', 'jdoe'), new Work('w', 'jdoe'), new Work('w', 'ann')];
    submitted(lanes, first, second, other);
    expect([first.running, second.running, other.running]).toEqual([true, false, true]);
    first.settle?.(null);
    expect(second.running).toBe(true);
  });

  it('does not order across webhooks, nor what has no order key', () => {
    const lanes = new Lanes(10, new Timers().after);
    const works = [new Work('a', 'jdoe'), new Work('b', 'jdoe'), new Work('c', null), new Work('c', null)];
    submitted(lanes, ...works);
    expect(works.every((work) => work.running)).toBe(true);
  });

  it('keeps followers behind a delivery that must be tried again, and gives its place to others', () => {
    const timers = new Timers();
    const lanes = new Lanes(1, timers.after);
    const [first, second, other] = [new Work('w', 'jdoe'), new Work('w', 'jdoe'), new Work('w', 'ann')];
    submitted(lanes, first, second, other);
    first.settle?.(3_000);
    expect([second.running, other.running]).toEqual([false, true]);
    other.settle?.(null);
    expect(second.running).toBe(false);
    timers.due.shift()?.();
    expect([first.running, first.runs]).toEqual([true, 2]);
    first.settle?.(null);
    expect(second.running).toBe(true);
  });

  it("holds a lane's own limit, so that one webhook cannot take every place", () => {
    const lanes = new Lanes(3, new Timers().after);
    const slow = Array.from({ length: 5 }, (_, index) => new Work('slow', `u${index}`, [], 2));
    const quick = new Work('quick', 'u');
    submitted(lanes, ...slow, quick);
    expect(slow.filter((work) => work.running)).toHaveLength(2);
    expect(quick.running).toBe(true);
  });

  it('lets lanes take turns for the places of the global limit', () => {
    const log: Work[] = [];
    const lanes = new Lanes(1, new Timers().after);
    submitted(
      lanes,
      ...['a1', 'a2', 'a3'].map((key) => new Work('a', key, log)),
      ...['b1', 'b2'].map((key) => new Work('b', key, log)),
    );
    for (let index = 0; index < 5; index += 1) log[index]?.settle?.(null);
    expect(log.map((work) => work.orderKey)).toEqual(['a1', 'a2', 'b1', 'a3', 'b2']);
  });

  it('can work off a long queue of deliveries that settle at once', () => {
    const lanes = new Lanes(1, new Timers().after);
    const blocker = new Work('w', null);
    lanes.submit(blocker);
    let dropped = 0;
    const settlesAtOnce = {
      laneId: 'w',
      orderKey: null,
      laneLimit: 1,
      run: (settled: (againInMs: number | null) => void) => {
        dropped += 1;
        settled(null);
      },
    };
    for (let index = 0; index < 50_000; index += 1) lanes.submit(settlesAtOnce);
    blocker.settle?.(null);
    expect(dropped).toBe(50_000);
    expect(lanes.running).toBe(0);
  });

  it('runs everything once, in order per key and within its limits, in whatever order deliveries end', () => {
    const work = fc.record({
      lane: fc.integer({ min: 0, max: 3 }),
      key: fc.option(fc.integer({ min: 0, max: 3 })),
    });
    fc.assert(
      fc.property(fc.array(work, { maxLength: 60 }), fc.infiniteStream(fc.nat()), (all, picks) => {
        const timers = new Timers();
        const lanes = new Lanes(4, timers.after);
        const started: Work[] = [];
        const works = all.map(
          ({ lane, key }) => new Work(`w${lane}`, key === null ? null : `u${key}`, started, 2),
        );
        const ended: Work[] = [];
        submitted(lanes, ...works);
        for (;;) {
          const running = works.filter((one) => one.running);
          expect(running.length).toBeLessThanOrEqual(4);
          for (const lane of ['w0', 'w1', 'w2', 'w3']) {
            expect(running.filter((one) => one.laneId === lane).length).toBeLessThanOrEqual(2);
          }
          const pick = Number(picks.next().value);
          const one = running[pick % Math.max(1, running.length)];
          if (!one) {
            const timer = timers.due.shift();
            if (!timer) break;
            timer();
            continue;
          }
          const again = pick % 3 === 0 && one.runs < 3;
          if (!again) ended.push(one);
          one.settle?.(again ? 1_000 : null);
        }
        expect(new Set(ended)).toEqual(new Set(works));
        expect(ended).toHaveLength(works.length);
        for (const one of works.filter(({ orderKey }) => orderKey !== null)) {
          const sameUser = ({ laneId, orderKey }: Work): boolean =>
            laneId === one.laneId && orderKey === one.orderKey;
          expect(ended.filter(sameUser)).toEqual(works.filter(sameUser));
        }
      }),
    );
  });
});
