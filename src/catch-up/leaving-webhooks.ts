/**
 * Webhooks that are behind on a partition from now on, and have no cursor here yet. Commits wait at the place where they
 * left. Pure.
 *
 * A paused webhook gets a new cursor. Any other webhook has one in the table already, and it must be read first.
 */
import type { OffsetTracker } from '../intake/offset-tracker.ts';

interface Leaving {
  /** How far live reading had come; null: it had not begun. */
  readonly at: number | null;
  readonly releaseCommits: () => void;
  isHeard: boolean;
}

export class LeavingWebhooks {
  readonly #leaving = new Map<string, Leaving>();

  constructor(private readonly tracker: OffsetTracker) {}

  /** @param isHeard whether the table is known to have a cursor for it. */
  leave(webhookId: string, isHeard: boolean): void {
    if (this.#leaving.has(webhookId)) return;
    const at = this.tracker.position;
    this.#leaving.set(webhookId, { at, releaseCommits: this.tracker.hold(at ?? 0), isHeard });
    setBehind(this.tracker, webhookId, { from: at ?? 0, until: Infinity });
  }

  /** A cursor was found or made for it. */
  hasLeft(webhookId: string): void {
    this.#leaving.get(webhookId)?.releaseCommits();
    this.#leaving.delete(webhookId);
  }

  has(webhookId: string): boolean {
    return this.#leaving.has(webhookId);
  }

  get heard(): ReadonlySet<string> {
    return new Set([...this.#leaving].filter(([, { isHeard }]) => isHeard).map(([webhookId]) => webhookId));
  }

  /** The table was read after these were added. Those that are still here have no cursor. */
  looked(heardBefore: ReadonlySet<string>): void {
    for (const [webhookId, leaving] of this.#leaving) if (heardBefore.has(webhookId)) leaving.isHeard = false;
  }

  /** The webhooks that need a new cursor, with the offset at which they left, if that is known by now. */
  get placed(): [string, number][] {
    const start = this.tracker.start;
    if (start === null) return [];
    return [...this.#leaving].flatMap(([webhookId, { at, isHeard }]) =>
      isHeard ? [] : [[webhookId, at ?? start] as [string, number]],
    );
  }

  drop(): void {
    for (const webhookId of [...this.#leaving.keys()]) this.hasLeft(webhookId);
  }
}

export function setBehind(
  tracker: OffsetTracker,
  webhookId: string,
  behind: { from: number; until: number },
): void {
  tracker.behind ??= new Map();
  tracker.behind.set(webhookId, behind);
}
