import { expect, it } from 'vitest';
import { GiveWay, type Loop } from './give-way.ts';

const WORK_MS = 50;

/** Work of one's own in a loop in which others are at work for a share of the time that is left. */
class FakeLoop implements Loop {
  share = 0;
  #now = 0;
  #atWorkMs = 0;
  paused = 0;
  alive = 0;

  now(): number {
    return this.#now;
  }

  atWorkMs(): number {
    return this.#atWorkMs;
  }

  pause(ms: number): Promise<void> {
    this.paused += ms;
    this.#pass(ms, this.share);
    return Promise.resolve();
  }

  /** @returns which part of the time went to one's own work. */
  async workFor(totalMs: number): Promise<number> {
    const giveWay = new GiveWay(this);
    const until = this.#now + totalMs;
    const from = this.#now;
    let worked = 0;
    while (this.#now < until) {
      this.#pass(WORK_MS, 1);
      worked += WORK_MS;
      await giveWay.after(WORK_MS, () => {
        this.alive += 1;
        return Promise.resolve();
      });
    }
    return worked / (this.#now - from);
  }

  #pass(ms: number, share: number): void {
    this.#now += ms;
    this.#atWorkMs += ms * share;
  }
}

it('pauses nine times as long as it works while others keep the loop busy, and shows that it is alive', async () => {
  const loop = new FakeLoop();
  loop.share = 0.97;
  expect(await loop.workFor(60_000)).toBeLessThan(0.11);
  expect(loop.alive).toBeGreaterThan(500);
});

it('goes on where only its own work makes the loop busy: it caught up at less than half of its speed', async () => {
  const loop = new FakeLoop();
  expect(await loop.workFor(60_000)).toBeGreaterThan(0.85);
  loop.share = 0.3;
  expect(await loop.workFor(60_000)).toBeGreaterThan(0.85);
});

it('gives way within a second when others become busy', async () => {
  const loop = new FakeLoop();
  const giveWay = new GiveWay(loop);
  const alive = (): Promise<void> => Promise.resolve();
  for (const share of [0, 0.97]) {
    loop.share = share;
    for (let ms = 0; ms < 1_500; ms += WORK_MS) {
      await loop.pause(WORK_MS);
      await giveWay.after(WORK_MS, alive);
    }
  }
  const before = loop.paused;
  await giveWay.after(WORK_MS, alive);
  expect(loop.paused - before).toBe(9 * WORK_MS);
});
