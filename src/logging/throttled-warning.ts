/**
 * A warning that would be said many times a second while something is away: said at once, then once per interval, with
 * how often it was not. Of the errors in between only the next one is told.
 */
import type { Logger } from '@nestjs/common';

const INTERVAL_MS = 30_000;

export class ThrottledWarning {
  #saidAt = -Infinity;
  /** How often since then it was not said. */
  #unsaid = 0;

  /** @param now a clock that is never set back, in milliseconds. */
  constructor(
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly message: string,
    private readonly now: () => number = () => performance.now(),
  ) {}

  say(error: unknown): void {
    if (this.now() - this.#saidAt < INTERVAL_MS) {
      this.#unsaid += 1;
      return;
    }
    this.#saidAt = this.now();
    this.logger.warn(
      { err: error, ...(this.#unsaid > 0 && { timesSinceLastSaid: this.#unsaid }) },
      this.message,
    );
    this.#unsaid = 0;
  }
}
