/**
 * What a lane learns of its webhook's endpoint: how quickly it answers (`PaceMeter`), and whether it works (`Breaker`). It is
 * forgotten when the webhook gets another endpoint. Pure: time is passed in, in milliseconds of a clock that never goes back.
 */

export type Pace = 'unknown' | 'quick' | 'slow';

const SLOW_MS = 1_000;
const SILENT_MS = 500;
/** Longer than a busy start takes to give each lane its turn. */
const NO_PLACE_MS = 2_000;
const WEIGHT_OF_LAST = 1 / 8;

/**
 * Measures how quickly the endpoint answers. The pace decides how many places the lane may hold.
 *
 * | pace | when |
 * | --- | --- |
 * | unknown | no request has ended yet |
 * | quick | its requests take less than a second on average; each new one counts for an eighth of the average |
 * | slow | they take longer; or requests are under way, and none has ended for half a second; or the first one has waited for a place for two seconds |
 */
export class PaceMeter {
  #meanMs: number | null = null;
  #heardAt = 0;
  #silent = false;

  get pace(): Pace {
    if (this.#silent) return 'slow';
    if (this.#meanMs === null) return 'unknown';
    return this.#meanMs < SLOW_MS ? 'quick' : 'slow';
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

  /** Call it regularly while deliveries wait and no request is under way. */
  waits(now: number): void {
    if (this.#meanMs === null) this.#silent = now - this.#heardAt >= NO_PLACE_MS;
  }

  /** The estimated time of a request, in milliseconds. */
  requestMs(now: number): number {
    const meanMs = this.#meanMs ?? 0;
    return this.#silent ? Math.max(meanMs, now - this.#heardAt) : meanMs;
  }
}

export type BreakerState = 'closed' | 'open' | 'half_open';

const OPENS_AFTER = 10;
/** A new endpoint is unknown. If it hangs, it holds this many places. */
const FIRST_WINDOW = 16;
const COOL_DOWN_MS = { first: 1_000, most: 60_000 };

/**
 * The circuit breaker.
 *
 * | state | lets through | changes |
 * | --- | --- | --- |
 * | closed | as many requests at once as its window: 16 at first, one more after each success, at most the lane's limit | open after 10 failures in a row |
 * | open | nothing | half-open after the cool-down, or after the time that the endpoint asked for |
 * | half-open | one probe | success → closed, with a window of two; failure → open, with twice the cool-down |
 *
 * Only failures of the endpoint itself count: no answer, or a 5xx. A 4xx is only about one request. If the endpoint
 * asks for a delay (`Retry-After`), the breaker opens at once.
 */
export class Breaker {
  #failures = 0;
  #window = FIRST_WINDOW;
  #openUntil: number | null = null;
  #coolDownMs = COOL_DOWN_MS.first;
  #probing = false;

  /** How many requests may be under way at once. */
  places(limit: number, now: number): number {
    if (this.#openUntil === null) return Math.min(limit, this.#window);
    return now < this.#openUntil ? 0 : 1;
  }

  state(now: number): BreakerState {
    if (this.#openUntil === null) return 'closed';
    return now < this.#openUntil ? 'open' : 'half_open';
  }

  /** Milliseconds until a probe may start; 0 while the breaker is closed. */
  coolDownMs(now: number): number {
    return this.#openUntil === null ? 0 : Math.max(0, this.#openUntil - now);
  }

  /** A request begins. */
  begin(): void {
    if (this.#openUntil !== null) this.#probing = true;
  }

  /** The endpoint asked for this delay. If it asked several times, the longest delay counts. */
  openFor(ms: number, now: number): void {
    this.#probing = false;
    this.#openUntil = Math.max(this.#openUntil ?? 0, now + ms);
  }

  succeeded(): void {
    this.#failures = 0;
    if (this.#openUntil !== null) {
      if (!this.#probing) return;
      this.#probing = false;
      this.#openUntil = null;
      this.#coolDownMs = COOL_DOWN_MS.first;
      this.#window = 1;
    }
    this.#window += 1;
  }

  /** @returns whether this failure opened the breaker, for the first time or again. */
  failed(now: number): boolean {
    this.#failures += 1;
    if (this.#openUntil !== null) {
      if (!this.#probing) return false;
      this.#probing = false;
      this.#coolDownMs = Math.min(this.#coolDownMs * 2, COOL_DOWN_MS.most);
      this.#openUntil = now + this.#coolDownMs;
      return true;
    }
    if (this.#failures < OPENS_AFTER) return false;
    this.#openUntil = now + this.#coolDownMs;
    return true;
  }
}
