/** How many requests a second an endpoint has answered of late. Pure: time is passed in. */
const WINDOW_MS = 1_000;

export class Throughput {
  #windowStart: number | null = null;
  #inWindow = 0;
  #perSecond: number | null = null;

  count(now: number): void {
    this.#roll(now);
    this.#inWindow += 1;
  }

  /** Null until it was watched for a second. */
  perSecond(now: number): number | null {
    this.#roll(now);
    return this.#perSecond;
  }

  #roll(now: number): void {
    this.#windowStart ??= now;
    const elapsed = now - this.#windowStart;
    if (elapsed < WINDOW_MS) return;
    this.#perSecond = (this.#inWindow * 1_000) / elapsed;
    this.#windowStart = now;
    this.#inWindow = 0;
  }
}
