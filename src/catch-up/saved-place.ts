/** What the table has of a cursor, and what must be written to it now. Pure. */
import type { Claim, CursorChange } from './cursor-store.ts';
import type { Run } from './run.ts';

/** The shown distance of a webhook may be a few seconds old. */
const TELL_POSITION_MS = 3_000;

export class SavedPlace {
  #position: number | null = null;
  #toldAt = -Infinity;

  /** @param isStored false: its row is not written yet. */
  constructor(
    private readonly run: Run,
    private next: number,
    private stored: boolean,
  ) {}

  get isStored(): boolean {
    return this.stored;
  }

  /**
   * @param now where what is live has come, when, and from where on the webhook was paused since it was handed over.
   * @returns null where nothing is to be written.
   */
  change(
    claim: Claim,
    now: { position: number | null; ms: number; pausedSince: number | undefined },
  ): CursorChange | null {
    const { run } = this;
    const { id, cursor, isOver } = run;
    const { position, pausedSince } = now;
    const { webhookId } = cursor;
    if (!this.stored)
      return { claim, id, kind: 'create', webhookId, next: this.next, position: position ?? 0 };
    const done = isOver && pausedSince === undefined;
    const next = isOver && pausedSince !== undefined ? pausedSince : run.saved;
    const isTold = position === this.#position || now.ms - this.#toldAt < TELL_POSITION_MS;
    if (!done && next === this.next && (!run.endless || isTold)) return null;
    const counts = { matched: run.countMatched(), expired: run.expired, since: run.since };
    const replayId = cursor.replay?.id ?? null;
    const leavesReplay = isOver && !done;
    return { claim, id, kind: 'progress', next, position, ...counts, done, leavesReplay, replayId };
  }

  written({ next, position }: CursorChange, ms: number): void {
    this.stored = true;
    this.next = next;
    this.#position = position;
    this.#toldAt = ms;
  }
}
