import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RetryWorker } from './retry-worker.ts';

const unused = (): never => {
  throw new Error('nothing is ever due');
};
const NO_LANES = { isQuick: () => false, placesFor: () => 0, submit: unused };

type Kind = 'heads' | 'renew' | 'release' | 'sweep';

/** A waiting room in a database that hangs: whatever is asked of it stays without an answer until it is told. */
class HangingQueue {
  readonly underWay = { heads: 0, renew: 0, release: 0, sweep: 0 };
  readonly most = { ...this.underWay };
  readonly calls = { ...this.underWay };
  #waiting: (() => void)[] = [];

  heads = (): Promise<[]> => this.#hang('heads').then(() => []);
  renew = (): Promise<void> => this.#hang('renew');
  release = (): Promise<void> => this.#hang('release');
  sweep = (): Promise<void> => this.#hang('sweep');
  claim = unused;

  answer(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #hang(kind: Kind): Promise<void> {
    this.calls[kind] += 1;
    this.underWay[kind] += 1;
    this.most[kind] = Math.max(this.most[kind], this.underWay[kind]);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.underWay[kind] -= 1;
  }
}

let queue: HangingQueue;
let worker: RetryWorker;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
  queue = new HangingQueue();
  worker = new RetryWorker(queue, NO_LANES, { find: () => null }, { stored: unused });
  worker.start();
});

afterEach(() => {
  worker.stop();
  vi.useRealTimers();
});

it('asks nothing twice at once while PostgreSQL hangs: what waits for it would grow', async () => {
  await vi.advanceTimersByTimeAsync(60_000);
  expect(queue.most).toEqual({ heads: 1, renew: 1, release: 1, sweep: 1 });
});

it('renews leases at once when a renewal took longer than its interval: they would run out', async () => {
  await vi.advanceTimersByTimeAsync(22_000);
  queue.answer();
  await vi.advanceTimersByTimeAsync(0);
  expect(queue.calls.renew).toBe(2);
});

it('asks nothing more once it is stopped', async () => {
  await vi.advanceTimersByTimeAsync(22_000);
  worker.stop();
  const { renew, release, sweep } = queue.calls;
  queue.answer();
  await vi.advanceTimersByTimeAsync(22_000);
  expect(queue.calls).toMatchObject({ renew, release, sweep });
});
