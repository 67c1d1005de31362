import { expect, it } from 'vitest';
import { Allowance, type Taker, type Wanted } from './allowance.ts';
import { Leeway } from './leeway.ts';

const LIMITS = { deliveries: 100, bytes: 1_000_000, batches: 10 };

/** @param places what the lane could have under way. @param inLane how many deliveries of a user are in the lane. */
function allowance(places: number, inLane: (orderKey: string) => number = () => 0): Allowance {
  return new Allowance(
    { refuses: () => false, placesFor: () => places, all: new Map([['w', { countOf: inLane }]]) },
    LIMITS,
  );
}

class Cursor implements Taker {
  went = 0;

  goesOn(): void {
    this.went += 1;
  }
}

const wanted = (more: Partial<Wanted> = {}): Wanted => ({
  ...{ webhookId: 'w', orderKey: 'ann', bytes: 10, besideLive: false },
  ...more,
});

it('cursors that found no room take turns: a replay sent to the users of one partition alone', () => {
  const two = allowance(2);
  const [first, second, third] = [new Cursor(), new Cursor(), new Cursor()];
  expect([two.take(first, wanted()), two.take(first, wanted())]).toEqual([true, true]);
  expect([first, second, third].map((cursor) => two.take(cursor, wanted()))).toEqual([false, false, false]);
  two.giveBack('w', 10);
  two.giveBack('w', 10);
  expect([first.went, second.went, third.went]).toEqual([1, 1, 0]);
  expect(two.take(second, wanted())).toBe(true);
  two.giveBack('w', 10);
  expect(third.went).toBe(1);
});

it('a cursor that is gone is not told to go on, and the next one is', () => {
  const one = allowance(1);
  const [holder, gone, next] = [new Cursor(), new Cursor(), new Cursor()];
  one.take(holder, wanted());
  one.take(gone, wanted());
  one.take(next, wanted());
  one.leave(gone);
  one.giveBack('w', 10);
  expect([gone.went, next.went]).toEqual([0, 1]);
});

it('little of one user is handed out beside live deliveries, which would wait behind it', () => {
  const many = allowance(50, (orderKey) => (orderKey === 'ann' ? 2 : 1));
  const cursor = new Cursor();
  expect(many.take(cursor, wanted({ besideLive: true }))).toBe(false);
  expect(many.take(cursor, wanted({ besideLive: true, orderKey: 'bob' }))).toBe(true);
  expect(many.take(cursor, wanted({ besideLive: true, orderKey: null }))).toBe(true);
  expect(many.take(cursor, wanted())).toBe(true);
});

it('beside live deliveries it takes less of the lane while turns of the event loop are long', () => {
  const many = allowance(90);
  const cursor = new Cursor();
  const take = (besideLive: boolean): number => {
    let taken = 0;
    while (many.take(cursor, wanted({ besideLive, orderKey: null }))) taken += 1;
    return taken;
  };
  const atFirst = take(true);
  expect(atFirst).toBeLessThan(90);
  expect(take(false)).toBe(90 - atFirst);
});

/** @returns a function that has turns of this length for five seconds, and answers the places after them. */
function fiveSeconds(leeway: Leeway): (turnMs: number, more: 'wanted' | 'not wanted') => number {
  let now = 0;
  return (turnMs, more) => {
    for (const until = now + 5_000; now < until; now += 10) {
      if (more === 'wanted') leeway.wanted();
      leeway.turned(turnMs, now);
    }
    return leeway.places;
  };
}

it('the leeway grows while turns are short and more is wanted, and shrinks while they are long, to what always goes on', () => {
  const leeway = new Leeway();
  const least = leeway.places;
  const pass = fiveSeconds(leeway);
  expect(pass(0.1, 'not wanted')).toBe(least);
  const grown = pass(0.1, 'wanted');
  expect(grown).toBeGreaterThan(500);
  expect(pass(0.2, 'wanted')).toBe(grown);
  expect(pass(10, 'wanted')).toBe(least);
});
