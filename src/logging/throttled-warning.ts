/**
 * A warning that would otherwise be logged many times a second while something is away. It is logged at once, and then at
 * most once per interval. Each line says how often the warning was left out before it. The errors of those are lost.
 */
import type { Logger } from '@nestjs/common';

const INTERVAL_MS = 30_000;

export class ThrottledWarning {
  #saidAt = -Infinity;
  /** How often the warning was left out since then. */
  #leftOut = 0;

  /** @param now a clock in milliseconds that never goes back. */
  constructor(
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly message: string,
    private readonly now: () => number = () => performance.now(),
  ) {}

  say(error: unknown): void {
    if (this.now() - this.#saidAt < INTERVAL_MS) {
      this.#leftOut += 1;
      return;
    }
    this.#saidAt = this.now();
    this.logger.warn(
      { err: error, ...(this.#leftOut > 0 && { timesSinceLastSaid: this.#leftOut }) },
      this.message,
    );
    this.#leftOut = 0;
  }
}
