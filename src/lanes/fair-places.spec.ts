/**
 * Slow endpoints among 500, in held time: every event is for every webhook, slow ones answer after 10 s and healthy ones
 * at once, and what is diverted comes back as the retry worker brings it. By the defaults of the service.
 */
import { describe, expect, it } from 'vitest';
import { HeldClock } from '../../test/support/held-clock.ts';
import { DELIVERED, known, lanesWith, submitted, Work, works } from '../../test/support/lane-work.ts';
import { Lanes } from './lanes.ts';

const MAX_IN_FLIGHT = 1_024;
const LIMIT = 256;
const SLOW_MS = 10_000;
const HEALTHY_MS = 5;
const STEP_MS = 10;
/** As intake has it: from where on it begins no further event, and how often it asks for relief from half of it on. */
const IN_WORK = 5_000;
const RELIEF_INTERVAL_MS = 250;

interface Seen {
  /** Of healthy lanes: how long each fresh delivery waited to be started. */
  readonly waits: number[];
  /** Of healthy lanes. */
  diverted: number;
  /** Fresh deliveries in memory. */
  mostInWork: number;
}

class World {
  readonly clock = new HeldClock();
  readonly lanes = new Lanes(MAX_IN_FLIGHT, () => ({ limit: LIMIT, ratePerSecond: null }), this.clock);
  readonly seen: Seen = { waits: [], diverted: 0, mostInWork: 0 };
  /** From when on the slow lanes are slow. */
  slowFrom = 0;
  readonly #rows = new Map<string, number>();
  readonly #heldRows = new Map<string, number>();
  readonly #running = new Map<string, number>();
  #inWork = 0;

  constructor(private readonly stream: { webhooks: number; slow: number; eventsPerSecond: number }) {}

  /** One event after another, for so long. */
  run(seconds: number): void {
    for (let ms = 0; ms < seconds * 1_000; ms += STEP_MS) {
      if (ms % (1_000 / this.stream.eventsPerSecond) === 0) this.#event();
      if (ms % RELIEF_INTERVAL_MS === 0) this.#relieveAndClaim();
      this.clock.pass(STEP_MS);
    }
  }

  /** Requests under way, of each slow lane. */
  get running(): number[] {
    return [...this.#running.values()];
  }

  get waitedLongest(): number {
    return this.seen.waits.reduce((most, wait) => Math.max(most, wait), 0);
  }

  #event(): void {
    const { webhooks, slow } = this.stream;
    for (let index = 0; index < webhooks; index += 1) this.#submit(index < slow, `w${index}`, 'offset');
  }

  #submit(slow: boolean, laneId: string, heldBy: 'offset' | 'row'): void {
    const { clock, seen } = this;
    const submittedAt = clock.time;
    const change = heldBy === 'offset' ? 1 : 0;
    this.#inWork += change;
    seen.mostInWork = Math.max(seen.mostInWork, this.#inWork);
    this.lanes.submit({
      laneId,
      orderKey: null,
      heldBy,
      run: (settled) => {
        if (!slow && heldBy === 'offset') seen.waits.push(clock.time - submittedAt);
        this.#count(slow, laneId, 1);
        clock.after(slow && clock.time >= this.slowFrom ? SLOW_MS : HEALTHY_MS, () => {
          this.#inWork -= change;
          if (heldBy === 'row') add(this.#heldRows, laneId, -1);
          this.#count(slow, laneId, -1);
          settled(DELIVERED);
        });
      },
      divert: () => {
        this.#inWork -= change;
        if (!slow) seen.diverted += 1;
        if (heldBy === 'row') add(this.#heldRows, laneId, -1);
        add(this.#rows, laneId, 1);
      },
      storeWhileUnderWay: () => undefined,
    });
  }

  #relieveAndClaim(): void {
    if (this.#inWork >= IN_WORK / 2) this.lanes.relieve();
    for (const [laneId, rows] of this.#rows) {
      const room = 2 * this.lanes.placesFor(laneId) - (this.#heldRows.get(laneId) ?? 0);
      const claimed = Math.max(0, Math.min(rows, room));
      add(this.#rows, laneId, -claimed);
      add(this.#heldRows, laneId, claimed);
      for (let index = 0; index < claimed; index += 1) this.#submit(true, laneId, 'row');
    }
  }

  #count(slow: boolean, laneId: string, change: 1 | -1): void {
    if (slow) add(this.#running, laneId, change);
  }
}

function add(counts: Map<string, number>, laneId: string, change: number): number {
  const count = (counts.get(laneId) ?? 0) + change;
  counts.set(laneId, count);
  return count;
}

/** Nothing is known of anybody at the very beginning, so this holds from the first event on. */
function expectOthersUnharmed(
  { seen, waitedLongest }: World,
  started: number,
  mostInWork = IN_WORK / 2,
): void {
  expect(seen.waits).toHaveLength(started);
  expect(seen.diverted).toBe(0);
  expect(waitedLongest).toBeLessThanOrEqual(4 * HEALTHY_MS);
  // From there on others' deliveries would be asked to leave as well.
  expect(seen.mostInWork).toBeLessThan(mostInWork);
}

describe('slow endpoints', () => {
  it.each([
    // All that they need: 10 a second for 10 s each.
    [4, 99],
    [40, 18],
    [400, 1],
  ])('%d of 500 take nothing from the others, and have %d places each', (slow, places) => {
    const world = new World({ webhooks: 500, slow, eventsPerSecond: 10 });
    world.run(80);
    expectOthersUnharmed(world, (500 - slow) * 800);
    expect(Math.min(...world.running)).toBeGreaterThanOrEqual(places);
  });

  it('four of five do not starve the fifth, at 100 events a second', () => {
    const world = new World({ webhooks: 5, slow: 4, eventsPerSecond: 100 });
    world.run(80);
    expectOthersUnharmed(world, 8_000);
    expect(Math.min(...world.running)).toBeGreaterThanOrEqual(170);
  });

  it('3,000 of which nothing is known, far more than there are places, held all memory while they waited for one', () => {
    const world = new World({ webhooks: 3_100, slow: 3_000, eventsPerSecond: 1 });
    for (let lane = 3_000; lane < 3_100; lane += 1) known(world.lanes, `w${lane}`);
    world.run(20);
    // What comes in the first two seconds, and no more.
    expectOthersUnharmed(world, 2_000, 10_000);
  });

  it('400 of 500 that were quick take nothing from the others when all become slow at once', () => {
    const world = new World({ webhooks: 500, slow: 400, eventsPerSecond: 10 });
    world.slowFrom = 5_000;
    world.run(40);
    // Nobody knows for the first half of a second.
    expectOthersUnharmed(world, 40_000, IN_WORK);
  });
});

describe('a place that is free', () => {
  it('goes to the lane with the fewest under way, and to those with equally many in turn', () => {
    const { lanes } = lanesWith({ maxInFlight: 7 });
    for (const lane of ['a', 'b', 'c']) known(lanes, lane);
    const log: Work[] = [];
    const of = (lane: string, count: number): Work[] => works(count, () => new Work(lane, null, log));
    const [a, b, c] = [of('a', 4), of('b', 2), of('c', 1)];
    submitted(lanes, ...a, ...b, ...c);
    submitted(lanes, ...of('a', 2), ...of('b', 2), ...of('c', 3));
    expect(log).toHaveLength(7);
    for (const work of a) work.settle?.(DELIVERED);
    expect(log.slice(7).map(({ laneId }) => laneId)).toEqual(['c', 'b', 'a', 'a']);
  });

  it('goes to one with none under way, though nothing is known of it, before a quick one with many', () => {
    const { lanes } = lanesWith({ maxInFlight: 6 });
    known(lanes, 'quick');
    const many = works(8, () => new Work('quick', null));
    const first = new Work('unknown', null);
    submitted(lanes, ...many, first);
    expect(first.running).toBe(false);
    many[0]?.settle?.(DELIVERED);
    expect(first.running).toBe(true);
  });

  it('is kept for quick lanes, however many there are of which nothing is known', () => {
    const { lanes } = lanesWith({ maxInFlight: MAX_IN_FLIGHT, rules: { limit: LIMIT } });
    for (let lane = 0; lane < 10; lane += 1) known(lanes, `quick-${lane}`);
    submitted(lanes, ...works(2_000, (index) => new Work(`unknown-${index}`, null)));
    expect(lanes.running).toBe((MAX_IN_FLIGHT * 3) / 4);
    const burst = works(100, (index) => new Work(`quick-${index % 10}`, null));
    submitted(lanes, ...burst);
    expect(burst.every(({ running }) => running)).toBe(true);
  });

  it('is left for one more lane of which nothing is known, by many that want all they can get', () => {
    const { lanes } = lanesWith({ maxInFlight: MAX_IN_FLIGHT, rules: { limit: LIMIT } });
    const many = works(60 * 16, (index) => new Work(`unknown-${index % 60}`, null));
    const oneMore = new Work('one-more', null);
    submitted(lanes, ...many, oneMore);
    expect(oneMore.running).toBe(true);
    const running = Array.from(
      { length: 60 },
      (_, lane) => many.filter((work) => work.laneId === `unknown-${lane}` && work.running).length,
    );
    expect([Math.min(...running), Math.max(...running)]).toEqual([12, 13]);
  });

  it('is kept for retries of quick lanes, however many there are of others', () => {
    const { lanes } = lanesWith({ maxInFlight: MAX_IN_FLIGHT, rules: { limit: LIMIT } });
    known(lanes, 'quick');
    submitted(lanes, ...works(1_000, (index) => new Work(`unknown-${index}`, null, [], 'row')));
    const retries = works(16, () => new Work('quick', null, [], 'row'));
    submitted(lanes, ...retries);
    expect(retries.every(({ running }) => running)).toBe(true);
  });

  it('is left by lanes that have others under way already, so that one with none need not wait', () => {
    const { lanes } = lanesWith({ maxInFlight: MAX_IN_FLIGHT, rules: { limit: MAX_IN_FLIGHT } });
    known(lanes, 'greedy');
    const greedy = works(2_000, () => new Work('greedy', null));
    for (const work of greedy.slice(0, MAX_IN_FLIGHT)) {
      lanes.submit(work);
      work.settle?.(DELIVERED);
    }
    submitted(lanes, ...greedy.slice(MAX_IN_FLIGHT));
    expect(lanes.running).toBe(MAX_IN_FLIGHT - MAX_IN_FLIGHT / 8);
    const first = works(64, (index) => new Work(`other-${index}`, null));
    submitted(lanes, ...first);
    expect(first.every(({ running }) => running)).toBe(true);
  });
});
