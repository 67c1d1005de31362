/** A rate limit: a number per second on average, and at most the number of one second at once. Pure: time is passed in. */
export class TokenBucket {
  #tokens: number;
  #at: number;

  private constructor(
    private readonly perSecond: number,
    now: number,
  ) {
    this.#tokens = perSecond;
    this.#at = now;
  }

  /** @returns null if there is no limit. */
  static of(perSecond: number | null, now: number): TokenBucket | null {
    return perSecond === null ? null : new TokenBucket(perSecond, now);
  }

  /** Takes a token. @returns 0; or, if there is none, the milliseconds until there is one. */
  take(now: number): number {
    this.#tokens = Math.min(
      this.perSecond,
      this.#tokens + (Math.max(0, now - this.#at) * this.perSecond) / 1_000,
    );
    this.#at = now;
    if (this.#tokens < 1) return Math.ceil(((1 - this.#tokens) * 1_000) / this.perSecond);
    this.#tokens -= 1;
    return 0;
  }
}
