/**
 * The cursors that can go on. Each may take a turn's time, so most go on in a turn of the event loop of their own. Those that
 * wake meanwhile come after them.
 */
import type { CatchUpParts } from './catch-up-parts.ts';
import type { Run } from './run.ts';

/** For how long cursors are worked in one turn of the event loop, apart from what the last of them adds. */
const TURN_MS = 1;

export class AwakeRuns {
  readonly #runs = new Set<Run>();
  #soon = false;

  constructor(
    private readonly parts: Pick<CatchUpParts, 'cursors' | 'soon'>,
    private readonly step: (run: Run) => void,
  ) {}

  wake(run: Run): void {
    this.#runs.add(run);
    this.#goOnSoon();
  }

  #goOnSoon(): void {
    if (this.#soon || this.#runs.size === 0) return;
    this.#soon = true;
    const { elapsed, allowance } = this.parts.cursors;
    const wokenAt = elapsed();
    this.parts.soon(() => {
      this.#soon = false;
      const now = elapsed();
      allowance.turned(now - wokenAt, now);
      const until = now + TURN_MS;
      for (const run of [...this.#runs]) {
        this.#runs.delete(run);
        this.step(run);
        if (elapsed() > until) break;
      }
      this.#goOnSoon();
    });
  }
}
