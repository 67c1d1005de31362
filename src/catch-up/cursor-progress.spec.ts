import { expect, it } from 'vitest';
import { CursorProgress } from './cursor-progress.ts';

it('what is saved does not pass a delivery that is not finished, however far it was read', () => {
  const progress = new CursorProgress(10);
  for (const offset of [10, 11, 12]) progress.begin(offset);
  progress.finish(11);
  expect([progress.saved, progress.next, progress.underWay]).toEqual([10, 13, 2]);
  progress.finish(10);
  expect(progress.saved).toBe(12);
  progress.finish(12);
  progress.passed(20);
  expect([progress.saved, progress.countMatched()]).toEqual([20, 3]);
});

it('what was taken back is sent again, and what was finished behind it is not', () => {
  const progress = new CursorProgress(0);
  for (const offset of [0, 1, 2, 3]) progress.begin(offset);
  progress.finish(0);
  progress.takeBack(1);
  progress.finish(2);
  expect([progress.anyTakenBack, progress.underWay, progress.saved]).toEqual([true, 1, 1]);
  progress.takeBack(3);
  progress.goBack();
  expect([progress.next, progress.underWay, progress.anyTakenBack]).toEqual([1, 0, false]);
  expect([1, 2, 3, 4].map((offset) => progress.isOpen(offset))).toEqual([true, false, true, true]);
  for (const offset of [1, 3]) {
    progress.begin(offset);
    progress.finish(offset);
  }
  expect([progress.saved, progress.countMatched()]).toEqual([4, 4]);
});
