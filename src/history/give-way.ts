/**
 * Lets deliveries go first. While the event loop of the process is busy, each piece of work is followed by a pause that
 * is many times as long.
 *
 * The work itself makes the loop busy too. So it looks at the loop again during the pause, when only others are at work. If
 * they leave most of the loop free, it goes on at once.
 */
import { performance } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';

/** From this share of working time on, the event loop counts as busy. */
const BUSY = 0.75;
/** How much of a pause it may be at work for the pause to be needless. */
const MOSTLY_FREE = 0.5;
const SAMPLE_MS = 250;
/** So often it looks at the loop during a pause. */
const LOOK_MS = 100;
/** In a shorter time too little happens to tell. */
const SHORTEST_LOOK_MS = 20;
/** For how long it does not look any more when a pause was needless. */
const TRUSTED_MS = 1_000;
/** So many times as long as the work is the pause. */
const PAUSES = 9;
const LONGEST_MS = 10_000;

/** The event loop of a process. */
export interface Loop {
  /** Milliseconds, never going back. */
  now(): number;
  /** For how many milliseconds it has been at work since the process began. */
  atWorkMs(): number;
  pause(ms: number): Promise<unknown>;
}

const OF_THIS_PROCESS: Loop = {
  now: () => performance.now(),
  atWorkMs: () => performance.eventLoopUtilization().active,
  pause,
};

interface Mark {
  readonly at: number;
  readonly atWorkMs: number;
}

export class GiveWay {
  #sampled: Mark;
  #busy = false;
  #trustedUntil = -Infinity;

  constructor(private readonly loop: Loop = OF_THIS_PROCESS) {
    this.#sampled = this.#mark();
  }

  /** @param alive called every now and then during the pause. */
  async after(workMs: number, alive: () => Promise<void>): Promise<void> {
    if (!this.#isBusy()) return;
    let restMs = Math.min(workMs * PAUSES, LONGEST_MS);
    while (restMs > 0) {
      const lookMs = Math.min(restMs, LOOK_MS);
      const before = this.#mark();
      await this.loop.pause(lookMs);
      await alive();
      if (lookMs >= SHORTEST_LOOK_MS && this.#shareSince(before) < MOSTLY_FREE) {
        this.#trustedUntil = this.loop.now() + TRUSTED_MS;
        return;
      }
      restMs -= lookMs;
    }
  }

  #isBusy(): boolean {
    const now = this.loop.now();
    if (now < this.#trustedUntil) return false;
    if (now - this.#sampled.at < SAMPLE_MS) return this.#busy;
    this.#busy = this.#shareSince(this.#sampled) > BUSY;
    this.#sampled = this.#mark();
    return this.#busy;
  }

  #mark(): Mark {
    return { at: this.loop.now(), atWorkMs: this.loop.atWorkMs() };
  }

  #shareSince({ at, atWorkMs }: Mark): number {
    return (this.loop.atWorkMs() - atWorkMs) / Math.max(this.loop.now() - at, 1);
  }
}
