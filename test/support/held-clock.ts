import type { LaneClock } from '../../src/lanes/lane-work.ts';

/** Time that passes when told. */
export class HeldClock implements LaneClock {
  time = 0;
  /** How much too soon timers go off. */
  earlyMs = 0;
  #timers: { at: number; callback: () => void }[] = [];
  readonly now = (): number => this.time;
  readonly after = (ms: number, callback: () => void): void =>
    void this.#timers.push({ at: this.time + Math.max(ms - this.earlyMs, 1), callback });

  /** Timers go off one after another, each at its time. */
  pass(ms: number): void {
    const until = this.time + ms;
    for (;;) {
      const next = this.#timers.reduce((first, timer) => (timer.at < first.at ? timer : first), {
        at: Infinity,
        callback: () => undefined,
      });
      if (next.at > until) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.time = Math.max(this.time, next.at);
      next.callback();
    }
    this.time = until;
  }
}
