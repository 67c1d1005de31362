import type { LaneClock } from '../../src/lanes/lanes.ts';

/** Time that passes when told. */
export class HeldClock implements LaneClock {
  time = 0;
  /** How much too soon timers go off. */
  earlyMs = 0;
  #timers: { at: number; callback: () => void }[] = [];
  readonly now = (): number => this.time;
  readonly after = (ms: number, callback: () => void): void =>
    void this.#timers.push({ at: this.time + ms - this.earlyMs, callback });

  pass(ms: number): void {
    this.time += ms;
    const due = this.#timers.filter(({ at }) => at <= this.time);
    this.#timers = this.#timers.filter(({ at }) => at > this.time);
    for (const { callback } of due) callback();
  }
}
