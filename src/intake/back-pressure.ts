/** When to stop fetching: too many events, or too many bytes of them, are held in memory. Pure, with hysteresis. */
export interface PressureLimits {
  readonly events: number;
  readonly bytes: number;
}

export class BackPressure {
  #events = 0;
  #bytes = 0;
  #paused = false;

  /** @param high where to pause; reading resumes when both figures are at half of it. */
  constructor(private readonly high: PressureLimits) {}

  get paused(): boolean {
    return this.#paused;
  }

  /** @returns whether `paused` changed. */
  take(bytes: number): boolean {
    this.#events += 1;
    this.#bytes += bytes;
    const over = this.#events >= this.high.events || this.#bytes >= this.high.bytes;
    return over && this.#change(true);
  }

  /** @returns whether `paused` changed. */
  release(bytes: number): boolean {
    this.#events -= 1;
    this.#bytes -= bytes;
    const low = this.#events <= this.high.events / 2 && this.#bytes <= this.high.bytes / 2;
    return low && this.#change(false);
  }

  #change(paused: boolean): boolean {
    if (this.#paused === paused) return false;
    this.#paused = paused;
    return true;
  }
}
