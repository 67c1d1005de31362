/**
 * The runs that can go on. Each turn of the event loop works some of them, for about a millisecond: whatever else happens in
 * the process waits meanwhile. Those that wake again come after the others.
 */
import type { Run } from './run.ts';

/** For how long a run may work in one turn. */
export const TURN_MS = 1;

export interface AwakeParts {
  /** Calls back when the present turn of the event loop has ended. */
  soon(callback: () => void): void;
  /** Milliseconds of a clock that never goes back. */
  elapsed(): number;
  /** Told of each turn how long it was waited for. */
  turned(waitedMs: number, now: number): void;
  work(run: Run): void;
}

export class AwakeRuns {
  readonly #runs = new Set<Run>();
  #waiting = false;

  constructor(private readonly parts: AwakeParts) {}

  wake(run: Run): void {
    this.#runs.add(run);
    this.#goOn();
  }

  #goOn(): void {
    if (this.#waiting || this.#runs.size === 0) return;
    this.#waiting = true;
    const since = this.parts.elapsed();
    this.parts.soon(() => {
      this.#waiting = false;
      const now = this.parts.elapsed();
      this.parts.turned(now - since, now);
      for (const run of [...this.#runs]) {
        this.#runs.delete(run);
        this.parts.work(run);
        if (this.parts.elapsed() - now > TURN_MS) break;
      }
      this.#goOn();
    });
  }
}
