/**
 * A warning that would otherwise be logged many times a second while something is away. It is logged at once, and then at
 * most once per interval and kind of error. Each line says how often the warning was left out before it. The errors of
 * those are lost.
 */
import type { Logger } from '@nestjs/common';
import { Throttle } from './throttle.ts';

export class ThrottledWarning {
  readonly #throttle: Throttle;

  /** @param now a clock in milliseconds that never goes back. */
  constructor(
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly message: string,
    now?: () => number,
  ) {
    this.#throttle = new Throttle(now);
  }

  /**
   * @param error null where there is none.
   * @param details what more the line has: what was tried, and what happens next.
   */
  say(error: unknown, details: object = {}): void {
    const leftOut = this.#throttle.mayBeSaid(kindOf(error));
    if (leftOut === null) return;
    this.logger.warn(
      {
        ...(error === null ? {} : { err: error }),
        ...details,
        ...(leftOut > 0 && { timesSinceLastSaid: leftOut }),
      },
      this.message,
    );
  }
}

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('type' in error && typeof error.type === 'string') return error.type;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.name;
}
