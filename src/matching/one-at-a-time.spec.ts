import { expect, it } from 'vitest';
import { oneAtATime } from './one-at-a-time.ts';

/** Work whose ends the test decides. */
function heldWork(): { run: () => Promise<void>; ends: ((fault?: Error) => void)[] } {
  const ends: ((fault?: Error) => void)[] = [];
  const run = oneAtATime(
    () =>
      new Promise<void>((resolve, reject) => {
        ends.push((fault) => {
          if (fault) reject(fault);
          else resolve();
        });
      }),
  );
  return { run, ends };
}

it('lets all who ask while it runs share one more run, which begins after', async () => {
  const { run, ends } = heldWork();
  const first = run();
  const [second, third] = [run(), run()];
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await first;
  await expect.poll(() => ends.length).toBe(2);
  ends[1]?.();
  await Promise.all([second, third]);
  const last = run();
  expect(ends).toHaveLength(3);
  ends[2]?.();
  await last;
});

it('runs again after a run that failed, of which only those hear who asked for it', async () => {
  const { run, ends } = heldWork();
  const first = run();
  const second = run();
  ends[0]?.(new Error('away'));
  await expect(first).rejects.toThrow('away');
  await expect.poll(() => ends.length).toBe(2);
  ends[1]?.();
  await expect(second).resolves.toBeUndefined();
});
