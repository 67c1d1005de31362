/**
 * Notices when the wall clock is set back. kafkajs uses this clock to decide when a heartbeat is due. After a step back it
 * sends none until the clock has caught up. Meanwhile the broker gives the member's partitions to others, and the member
 * does not learn it. Small steps do no harm.
 */
const LOOK_EVERY_MS = 1_000;

export class ClockWatch {
  readonly #timer: NodeJS.Timeout;
  #offset = wallOffset();

  /** @param onSetBack called when the clock went back by more than this many milliseconds between two looks. */
  constructor(toleranceMs: number, onSetBack: (byMs: number) => void) {
    this.#timer = setInterval(() => {
      const offset = wallOffset();
      const byMs = Math.round(this.#offset - offset);
      this.#offset = offset;
      if (byMs > toleranceMs) onSetBack(byMs);
    }, LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/** How far the wall clock is ahead of the monotonic clock, in milliseconds. It changes only if somebody sets the clock. */
function wallOffset(): number {
  return Date.now() - performance.now();
}
