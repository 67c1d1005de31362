/**
 * Measures how quickly the endpoint of a lane answers. The pace decides how many places the lane may hold. Pure: time is
 * passed in, in milliseconds of a clock that never goes back.
 *
 * | pace | when |
 * | --- | --- |
 * | unknown | no request has ended yet, for less than half a second |
 * | quick | its requests take less than a second on average; each new one counts for an eighth of the average |
 * | slow | they take longer; or requests are under way, and none has ended for half a second; or none has ever ended, and the first ones wait for a place that long |
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

  get neverAnswered(): boolean {
    return this.#meanMs === null;
  }

  /** A request begins, or waits, while no other is under way. */
  begin(now: number): void {
    this.#heardAt = now;
  }

  answered(durationMs: number, now: number): void {
    this.#heardAt = now;
    this.#silent = false;
    this.#meanMs =
      this.#meanMs === null ? durationMs : this.#meanMs + (durationMs - this.#meanMs) * WEIGHT_OF_LAST;
  }

  /** Checks for silence. Call it regularly while requests are under way. */
  listen(now: number): void {
    this.#silent = now - this.#heardAt >= SILENT_MS;
  }

  /** The estimated time of a request, in milliseconds. */
  requestMs(now: number): number {
    const meanMs = this.#meanMs ?? 0;
    return this.#silent ? Math.max(meanMs, now - this.#heardAt) : meanMs;
  }
}
