import { expect, it } from 'vitest';
import type { Sum } from './notice.ts';
import { Sums } from './sums.ts';

function sums() {
  const clock = { time: 0, now: () => clock.time, elapsed: () => clock.time };
  const said: (readonly [string, Sum<number>])[] = [];
  const all = new Sums<number>(60_000, clock);
  const add = (kind: string, item: number): boolean =>
    all.add(kind, item, (sum) => {
      said.push([kind, sum]);
    });
  return { clock, said, all, add };
}

it('the first of a kind is said at once, ten thousand that follow in one sum with the first ten of them', () => {
  const { clock, said, all, add } = sums();
  for (let item = 0; item < 10_000; item += 1) {
    clock.time = item;
    add('a', item);
    all.endIntervals();
  }
  expect(said).toEqual([['a', { since: 0, count: 1, items: [0] }]]);
  clock.time = 60_000;
  all.endIntervals();
  all.endIntervals();
  expect(said.slice(1)).toEqual([['a', { since: 1, count: 9_999, items: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] }]]);
});

it('a kind that went on for an interval is summed up in the next one too, and after a quiet one it is new', () => {
  const { clock, said, all, add } = sums();
  const steps: [number, number][] = [
    [0, 1],
    [30_000, 2],
    [60_000, 3],
    [90_000, 4],
  ];
  for (const [time, item] of steps) {
    clock.time = time;
    all.endIntervals();
    add('a', item);
  }
  clock.time = 120_000;
  all.endIntervals();
  clock.time = 180_000;
  all.endIntervals();
  add('a', 5);
  expect(said.map(([, { count, items }]) => [count, items])).toEqual([
    [1, [1]],
    [1, [2]],
    [2, [3, 4]],
    [1, [5]],
  ]);
});

it('kinds are apart from each other, and so many of them are kept at once', () => {
  const { said, add } = sums();
  const taken = Array.from({ length: 1_001 }, (_, index) => add(`kind-${index}`, index));
  expect(taken.lastIndexOf(true)).toBe(999);
  expect(taken.at(-1)).toBe(false);
  expect(said).toHaveLength(1_000);
});

it('what is open is said at the end of the process', () => {
  const { said, all, add } = sums();
  add('a', 1);
  add('a', 2);
  all.endIntervals(true);
  expect(said.map(([, { count }]) => count)).toEqual([1, 1]);
});
