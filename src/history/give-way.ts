/**
 * Lets deliveries go first. While the event loop of the process is busy, each piece of work is followed by a pause that
 * is many times as long.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

/** From this share of working time on, the event loop counts as busy. */
const BUSY = 0.75;
const SAMPLE_MS = 250;
/** So many times as long as the work is the pause. */
const PAUSES = 9;
const LONGEST_MS = 10_000;
const ALIVE_EVERY_MS = 1_000;

export class GiveWay {
  #sampled = performance.eventLoopUtilization();
  #sampledAt = performance.now();
  #busy = false;

  /** @param alive called about once a second during the pause. */
  async after(workMs: number, alive: () => Promise<void>): Promise<void> {
    if (!this.#isBusy()) return;
    let restMs = Math.min(workMs * PAUSES, LONGEST_MS);
    for (; restMs > 0; restMs -= ALIVE_EVERY_MS) {
      await pause(Math.min(restMs, ALIVE_EVERY_MS));
      await alive();
    }
  }

  #isBusy(): boolean {
    const now = performance.now();
    if (now - this.#sampledAt < SAMPLE_MS) return this.#busy;
    const { utilization } = performance.eventLoopUtilization(this.#sampled);
    this.#busy = utilization > BUSY;
    this.#sampled = performance.eventLoopUtilization();
    this.#sampledAt = now;
    return this.#busy;
  }
}
