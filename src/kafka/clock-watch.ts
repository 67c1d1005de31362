/**
 * Notices that the wall clock was set back. kafkajs tells by it when a heartbeat is due, so it sends none until the clock
 * has caught up: the broker gives the member's partitions away, and the member is not told. Small steps do no harm.
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

/** What the wall clock is ahead of the monotonic one, in milliseconds; it changes only when somebody sets the clock. */
function wallOffset(): number {
  return Date.now() - performance.now();
}
