import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeldClock } from '../../test/support/held-clock.ts';
import {
  DELIVERED,
  DROPPED,
  FAILED,
  known,
  lanesWith,
  submitted,
  Work,
  works,
} from '../../test/support/lane-work.ts';
import type { LaneWork } from './lane-work.ts';
import { Lanes } from './lanes.ts';

/** Of the webhook `w`, by ten faults in a row. */
function openBreaker(lanes: Lanes): void {
  const failing = works(10, (index) => new Work('w', `f${index}`));
  submitted(lanes, ...failing);
  for (const work of failing) work.settle?.(FAILED);
}

describe('order and limits', () => {
  it('runs one delivery of an order key at a time, in the order of submission', () => {
    const { lanes } = lanesWith();
    const [first, second, other] = [new Work('w', 'jdoe'), new Work('w', 'jdoe'), new Work('w', 'ann')];
    submitted(lanes, first, second, other);
    expect([first.running, second.running, other.running]).toEqual([true, false, true]);
    first.settle?.(DELIVERED);
    expect(second.running).toBe(true);
  });

  it('does not order across webhooks, nor what has no order key', () => {
    const { lanes } = lanesWith();
    const all = [new Work('a', 'jdoe'), new Work('b', 'jdoe'), new Work('c', null), new Work('c', null)];
    submitted(lanes, ...all);
    expect(all.every((work) => work.running)).toBe(true);
  });

  it('diverts all that is behind a delivery that went to the database, in order', () => {
    const { lanes } = lanesWith();
    const log: Work[] = [];
    const [first, second, third, other] = ['jdoe', 'jdoe', 'jdoe', 'ann'].map(
      (key) => new Work('w', key, log),
    );
    submitted(lanes, ...([first, second, third, other] as Work[]));
    first?.settle?.(FAILED);
    expect(log.slice(2)).toEqual([second, third]);
    expect([second?.diverted, third?.diverted, other?.diverted]).toEqual([true, true, false]);
    const later = new Work('w', 'jdoe');
    lanes.submit(later);
    expect(later.running).toBe(true);
  });

  it("holds a lane's own limit, so that one webhook cannot take every place", () => {
    const { lanes } = lanesWith({ maxInFlight: 3, rules: { limit: 2 } });
    const slow = works(5, (index) => new Work('slow', `u${index}`));
    const quick = new Work('quick', 'u');
    submitted(lanes, ...slow, quick);
    expect(slow.filter((work) => work.running)).toHaveLength(2);
    expect(quick.running).toBe(true);
  });

  it('lets lanes take turns for the places of the global limit', () => {
    const log: Work[] = [];
    const { lanes } = lanesWith({ maxInFlight: 1 });
    submitted(lanes, ...['a1', 'a2', 'a3'].map((key) => new Work('a', key, log)));
    submitted(lanes, ...['b1', 'b2'].map((key) => new Work('b', key, log)));
    for (let index = 0; index < 5; index += 1) log[index]?.settle?.(DELIVERED);
    expect(log.map((work) => work.orderKey)).toEqual(['a1', 'a2', 'b1', 'a3', 'b2']);
  });

  it('leaves fresh deliveries half of the places when late retries storm in', () => {
    const { lanes } = lanesWith({ rules: { limit: 4 } });
    const blockers = works(4, (index) => new Work('w', `b${index}`));
    const retries = works(20, (index) => new Work('w', `r${index}`, [], 'row'));
    const fresh = works(4, (index) => new Work('w', `f${index}`));
    submitted(lanes, ...blockers, ...retries, ...fresh);
    for (const blocker of blockers) blocker.settle?.(DELIVERED);
    expect(fresh.filter(({ running }) => running)).toHaveLength(2);
    expect(retries.filter(({ running }) => running)).toHaveLength(2);
  });

  it('leaves fresh deliveries half of all places when retries of many webhooks storm in', () => {
    const { lanes } = lanesWith({ maxInFlight: 8 });
    known(lanes, 'healthy');
    const retries = works(20, (index) => new Work(`hanging-${index % 5}`, `r${index}`, [], 'row'));
    submitted(lanes, ...retries);
    const running = (): number => retries.filter((work) => work.running).length;
    expect(running()).toBe(4);
    const fresh = works(4, (index) => new Work('healthy', `f${index}`));
    submitted(lanes, ...fresh);
    expect(fresh.every((work) => work.running)).toBe(true);
    for (const work of retries.filter((one) => one.running)) work.settle?.(DELIVERED);
    expect(running()).toBe(4);
    for (const work of fresh) work.settle?.(DELIVERED);
    while (running() > 0) for (const work of retries) if (work.running) work.settle?.(DELIVERED);
    expect(retries.every(({ runs }) => runs === 1)).toBe(true);
  });

  it('gives an endpoint that nothing is known of few places, so that several that hang cannot take all', () => {
    const { lanes } = lanesWith({ maxInFlight: 100, rules: { limit: 50 } });
    const hanging = works(40, (index) => new Work('hanging', `u${index}`));
    submitted(lanes, ...hanging);
    expect(hanging.filter(({ running }) => running)).toHaveLength(16);
  });

  it('goes on after a delivery that failed to start', () => {
    const { lanes } = lanesWith();
    const broken = new Work('w', 'broken');
    broken.run = () => {
      throw new Error('a bug');
    };
    expect(() => {
      lanes.submit(broken);
    }).toThrow('a bug');
    const next = new Work('w', 'next');
    lanes.submit(next);
    expect(next.running).toBe(true);
  });

  it('can work off a long queue of deliveries that settle at once', () => {
    const { lanes } = lanesWith({ rules: { limit: 1 } });
    const blocker = new Work('w', null);
    lanes.submit(blocker);
    let dropped = 0;
    const settlesAtOnce: LaneWork = {
      laneId: 'w',
      orderKey: null,
      heldBy: 'offset' as const,
      run: (settled) => {
        dropped += 1;
        settled(DROPPED);
      },
      divert: () => undefined,
      storeWhileUnderWay: () => undefined,
    };
    for (let index = 0; index < 50_000; index += 1) lanes.submit(settlesAtOnce);
    blocker.settle?.(DELIVERED);
    expect(dropped).toBe(50_000);
    expect(lanes.running).toBe(0);
  });

  it('lets more start when a webhook is given a higher limit, without waiting for an end', () => {
    const rules = { limit: 1, ratePerSecond: null };
    const lanes = new Lanes(100, () => rules, new HeldClock());
    const all = works(3, (index) => new Work('w', `u${index}`));
    submitted(lanes, ...all);
    rules.limit = 2;
    lanes.renew();
    expect(all.map(({ running }) => running)).toEqual([true, true, false]);
  });

  it('starts no more a second than the rate allows, one second of it at once', () => {
    const { lanes, clock } = lanesWith({ rules: { limit: 100, ratePerSecond: 5 } });
    const all = works(12, (index) => new Work('w', `u${index}`));
    submitted(lanes, ...all);
    const started = (): number => all.filter(({ runs }) => runs > 0).length;
    expect(started()).toBe(5);
    clock.pass(200);
    expect(started()).toBe(6);
    for (let step = 0; step < 5; step += 1) clock.pass(200);
    expect(started()).toBe(11);
  });
});

describe('the breaker', () => {
  it('opens after ten faults in a row: what is queued and what comes is diverted, then one probe is made', () => {
    const { lanes, clock } = lanesWith({ rules: { limit: 10 } });
    const failing = works(10, (index) => new Work('w', `f${index}`));
    const queued = works(3, (index) => new Work('w', `q${index}`));
    submitted(lanes, ...failing, ...queued);
    for (const work of failing.slice(0, 9)) work.settle?.({ ...FAILED, then: 'release' });
    const running = queued.filter((work) => work.running);
    expect(running).toHaveLength(3);
    const behind = new Work('w', 'q0');
    lanes.submit(behind);
    failing[9]?.settle?.({ ...FAILED, then: 'release' });
    expect([behind.diverted, queued[0]?.storedUnderWay, queued[1]?.storedUnderWay]).toEqual([
      true,
      true,
      false,
    ]);
    const late = new Work('w', 'late');
    lanes.submit(late);
    expect([late.diverted, lanes.placesFor('w')]).toEqual([true, 0]);
    for (const work of running) work.settle?.(FAILED);

    clock.pass(1_000);
    expect(lanes.placesFor('w')).toBe(1);
    const probe = new Work('w', 'probe');
    const next = new Work('w', 'next');
    submitted(lanes, probe, next);
    expect([probe.running, next.running]).toEqual([true, false]);
    probe.settle?.(DELIVERED);
    expect(next.running).toBe(true);
  });

  it('waits twice as long after each probe that fails', () => {
    const { lanes, clock } = lanesWith();
    openBreaker(lanes);
    clock.pass(1_000);
    const probe = new Work('w', 'probe');
    lanes.submit(probe);
    probe.settle?.(FAILED);
    clock.pass(1_999);
    expect(lanes.placesFor('w')).toBe(0);
    clock.pass(1);
    expect(lanes.placesFor('w')).toBe(1);
  });

  it('makes a probe of what came back from the database meanwhile, also when its timer was early', () => {
    const { lanes, clock } = lanesWith();
    clock.earlyMs = 5;
    openBreaker(lanes);
    const retry = new Work('w', null, [], 'row');
    lanes.submit(retry);
    clock.pass(995);
    expect(retry.running).toBe(false);
    clock.pass(5);
    expect(retry.running).toBe(true);
  });

  it("lets nothing that comes while it is open overtake its user's delivery that is under way, which is stored before it", () => {
    const { lanes } = lanesWith({ rules: { limit: 20 } });
    const log: Work[] = [];
    const underWay = new Work('w', 'jdoe', log);
    lanes.submit(underWay);
    openBreaker(lanes);
    const [next, afterNext] = [new Work('w', 'jdoe', log), new Work('w', 'jdoe', log)];
    submitted(lanes, next, afterNext);
    expect([underWay.storedUnderWay, next.diverted, afterNext.diverted]).toEqual([true, true, true]);
    expect(log.filter((work) => work !== underWay)).toEqual([next, afterNext]);
    expect(log.findLastIndex((work) => work === underWay)).toBeGreaterThan(0);
    expect(lanes.hold('w', 'jdoe')).toBe(false);
  });

  it('keeps nothing waiting in memory when a probe fails: what came during the probe is diverted', () => {
    const { lanes, clock } = lanesWith();
    openBreaker(lanes);
    clock.pass(1_000);
    const [probe, during] = [new Work('w', 'probe'), new Work('w', 'during')];
    submitted(lanes, probe, during);
    expect([probe.running, during.running, during.diverted]).toEqual([true, false, false]);
    probe.settle?.(FAILED);
    expect(during.diverted).toBe(true);
  });

  it('is not opened by answers that are about one request, and forgets when the endpoint is another one', () => {
    const { lanes } = lanesWith({ rules: { limit: 50 } });
    const answered = works(20, (index) => new Work('w', `a${index}`));
    submitted(lanes, ...answered);
    for (const work of answered) work.settle?.({ ...DELIVERED, then: 'divert' });
    expect(lanes.placesFor('w')).toBe(36);
    openBreaker(lanes);
    expect(lanes.placesFor('w')).toBe(0);
    lanes.forget('w');
    expect(lanes.placesFor('w')).toBe(16);
  });
});

describe('short memory', () => {
  it('is relieved of what queues at an endpoint much slower than the others', () => {
    const { lanes, clock } = lanesWith({ rules: { limit: 2 } });
    const hanging = works(6, (index) => new Work('hanging', `u${index % 3}`));
    const quick = works(3, (index) => new Work('quick', `u${index}`));
    submitted(lanes, ...hanging, ...quick);
    lanes.relieve();
    expect(hanging.some(({ diverted }) => diverted)).toBe(false);
    clock.pass(1_100);
    quick[0]?.settle?.(DELIVERED);
    lanes.relieve();
    expect(hanging.map(({ running, diverted }) => [running, diverted])).toEqual([
      [true, false],
      [true, false],
      [false, true],
      [false, true],
      [false, true],
      [false, true],
    ]);
    expect(hanging.slice(0, 2).every(({ storedUnderWay }) => storedUnderWay)).toBe(true);
    expect(quick.some(({ diverted }) => diverted)).toBe(false);
  });

  it('is not relieved by giving retries back, which would be claimed again at once', () => {
    const { lanes, clock } = lanesWith({ rules: { limit: 2 } });
    const retries = works(6, (index) => new Work('hanging', `u${index}`, [], 'row'));
    submitted(lanes, ...retries, new Work('quick', 'u'));
    lanes.relieve();
    clock.pass(1_100);
    lanes.relieve();
    expect(retries.some(({ diverted }) => diverted)).toBe(false);
    lanes.spillAll();
    expect(retries.filter(({ diverted }) => diverted)).toHaveLength(4);
  });

  it('is not relieved at the cost of an endpoint that is as quick as any', () => {
    const { lanes, clock } = lanesWith({ rules: { limit: 2 } });
    const all = works(40, (index) => new Work(`w${index % 2}`, `u${index}`));
    submitted(lanes, ...all);
    clock.pass(1_100);
    lanes.relieve();
    expect(all.some(({ diverted }) => diverted)).toBe(false);
  });
});

describe('any order of ends', () => {
  it('runs or diverts everything once, in order per key and within the limits', () => {
    const work = fc.record({
      lane: fc.integer({ min: 0, max: 3 }),
      key: fc.option(fc.integer({ min: 0, max: 3 })),
      heldBy: fc.constantFrom('offset' as const, 'row' as const),
    });
    fc.assert(
      fc.property(fc.array(work, { maxLength: 60 }), fc.infiniteStream(fc.nat()), (all, picks) => {
        const { lanes, clock } = lanesWith({ maxInFlight: 4, rules: { limit: 2 } });
        const log: Work[] = [];
        const made = all.map(
          ({ lane, key, heldBy }) => new Work(`w${lane}`, key === null ? null : `u${key}`, log, heldBy),
        );
        submitted(lanes, ...made);
        for (let steps = 0; steps < 500; steps += 1) {
          const running = made.filter((one) => one.running);
          expect(running.length).toBeLessThanOrEqual(4);
          for (const lane of ['w0', 'w1', 'w2', 'w3']) {
            expect(running.filter((one) => one.laneId === lane).length).toBeLessThanOrEqual(2);
          }
          const pick = Number(picks.next().value);
          const one = running[pick % Math.max(1, running.length)];
          if (!one) break;
          one.settle?.(pick % 5 === 0 ? FAILED : DELIVERED);
          if (pick % 7 === 0) lanes.relieve();
          clock.pass(pick % 400);
        }
        for (const one of made)
          expect(one.runs + Number(one.diverted), `${one.laneId} ${one.orderKey}`).toBe(1);
        for (const one of made.filter(({ orderKey }) => orderKey !== null)) {
          const sameUser = ({ laneId, orderKey }: Work): boolean =>
            laneId === one.laneId && orderKey === one.orderKey;
          const firsts = log
            .filter(sameUser)
            .filter((entry, index, entries) => entries.indexOf(entry) === index);
          expect(firsts).toEqual(made.filter(sameUser));
        }
      }),
    );
  });
});
