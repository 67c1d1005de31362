/**
 * Where a webhook that was behind on a partition goes on with live events, and how long commits must not pass that place.
 * A later owner of the partition must either find the cursor, or have nothing left to send before that place. Pure.
 */
import type { OffsetTracker } from '../intake/offset-tracker.ts';

export class HandOver {
  #at = Infinity;
  #release: (() => void) | null = null;

  constructor(
    private readonly tracker: OffsetTracker,
    private readonly webhookId: string,
    private readonly liveBefore: number,
  ) {}

  /** From this offset on, events are sent live. Infinity until both have met. */
  get at(): number {
    return this.#at;
  }

  /** Whether live reading and the commits of the group have both come to it. */
  get isCovered(): boolean {
    const position = this.tracker.position ?? 0;
    return position >= this.#at && this.tracker.hasCommitted(Math.min(this.#at, position));
  }

  happen(offset: number): void {
    this.#at = offset;
    this.tracker.behind?.set(this.webhookId, { from: this.liveBefore, until: offset });
    this.holdCommits(offset);
  }

  /** Commits must not pass this offset as long as a later owner could not see that the webhook is behind before it. */
  holdCommits(offset: number): void {
    this.releaseCommits();
    this.#release = this.tracker.hold(offset);
  }

  releaseCommits(): void {
    this.#release?.();
    this.#release = null;
  }
}
