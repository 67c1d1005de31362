import { expect, it } from 'vitest';
import { AwakeRuns } from './awake-runs.ts';
import type { Run } from './run.ts';

const run = (id: string): Run => ({ id }) as Run;

/** @param workMs how long each run works. */
function bench(workMs: number) {
  let now = 0;
  let working = (): void => undefined;
  const soon: (() => void)[] = [];
  const worked: string[] = [];
  const turns: number[] = [];
  const awake = new AwakeRuns({
    soon: (callback) => void soon.push(callback),
    elapsed: () => now,
    turned: (waitedMs) => void turns.push(waitedMs),
    work: ({ id }) => {
      worked.push(id);
      now += workMs;
      working();
    },
  });
  const turn = (ms: number): string[] => {
    now += ms;
    for (const callback of soon.splice(0)) callback();
    return worked.splice(0);
  };
  const onWork = (callback: () => void): void => {
    working = callback;
  };
  return { awake, turn, turns, onWork };
}

it('works runs for about a millisecond in each turn, in the order in which they woke: hundreds held up live deliveries', () => {
  const { awake, turn, turns } = bench(0.75);
  for (const id of ['a', 'b', 'c']) awake.wake(run(id));
  expect(turn(3)).toEqual(['a', 'b']);
  awake.wake(run('d'));
  expect(turn(5)).toEqual(['c', 'd']);
  expect(turn(1)).toEqual([]);
  expect(turns).toEqual([3, 5]);
});

it('a run that woke twice works once; one that wakes while it works comes in the next turn', () => {
  const { awake, turn, onWork } = bench(0);
  const [first, second] = [run('a'), run('b')];
  for (const one of [first, second, first]) awake.wake(one);
  onWork(() => {
    awake.wake(first);
  });
  expect(turn(0)).toEqual(['a', 'b']);
  onWork(() => undefined);
  expect(turn(0)).toEqual(['a']);
  expect(turn(0)).toEqual([]);
});
