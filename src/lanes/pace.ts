/**
 * How quickly the endpoint of a lane answers, which decides how many places it is trusted with. Pure: time is passed in.
 *
 * | pace | when |
 * | --- | --- |
 * | unknown | nothing was answered yet |
 * | quick | its requests take less than a second, on average over the last dozen |
 * | slow | they take longer; or requests are under way, and half a second has gone by without an answer to any |
 */
export type Pace = 'unknown' | 'quick' | 'slow';

const SLOW_MS = 1_000;
const SILENT_MS = 500;
const WEIGHT_OF_LAST = 1 / 8;

export class PaceMeter {
  #meanMs: number | null = null;
  #heardAt = 0;
  #silent = false;

  get pace(): Pace {
    if (this.#silent) return 'slow';
    if (this.#meanMs === null) return 'unknown';
    return this.#meanMs < SLOW_MS ? 'quick' : 'slow';
  }

  /** A request begins, and no other is under way. */
  begin(now: number): void {
    this.#heardAt = now;
  }

  answered(durationMs: number, now: number): void {
    this.#heardAt = now;
    this.#silent = false;
    this.#meanMs =
      this.#meanMs === null ? durationMs : this.#meanMs + (durationMs - this.#meanMs) * WEIGHT_OF_LAST;
  }

  /** To be called now and then while requests are under way: silence ends nothing by itself. */
  listen(now: number): void {
    this.#silent = now - this.#heardAt >= SILENT_MS;
  }

  /** How long a request takes, as far as it can be told. */
  requestMs(now: number): number {
    const meanMs = this.#meanMs ?? 0;
    return this.#silent ? Math.max(meanMs, now - this.#heardAt) : meanMs;
  }
}
