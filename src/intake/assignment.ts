/**
 * The partitions that this member of the group owns, each with its tracker. A tracker lives as long as one assignment of its
 * partition. Each event keeps the tracker under which it was received. So if it is finished after the partition was lost,
 * it moves no offset of anybody. Pure.
 */
import { OffsetTracker } from './offset-tracker.ts';

/** Called with each new tracker, before anything is received under it. */
export type Taken = (partition: number, tracker: OffsetTracker) => void;

export type PartitionPositions = Iterable<readonly [partition: number, OffsetTracker['positions']]>;

export class Assignment {
  #memberId: string | null = null;
  #trackers = new Map<number, OffsetTracker>();
  /** Partitions that were kept at the last join, and of which nothing was received since. */
  readonly #justKept = new Set<number>();

  constructor(
    private readonly taken: Taken = (_partition, tracker) => {
      tracker.open();
    },
  ) {}

  get partitions(): readonly number[] {
    return [...this.#trackers.keys()];
  }

  /**
   * The member has joined the group, for the first time or again. Partitions that it keeps under the same member id keep
   * their trackers: this member was in every generation of the group, so nobody else worked on them. A new member id means
   * that a generation may have passed without it.
   */
  assign(memberId: string, partitions: readonly number[]): void {
    this.#justKept.clear();
    const sameMember = memberId === this.#memberId;
    const next = new Map<number, OffsetTracker>();
    for (const partition of partitions) {
      const kept = sameMember ? this.#trackers.get(partition) : undefined;
      next.set(partition, kept ?? new OffsetTracker());
      if (!kept) continue;
      kept.rejoined();
      this.#justKept.add(partition);
    }
    for (const [partition, tracker] of this.#trackers) {
      if (next.get(partition) !== tracker) tracker.revoke();
    }
    const taken = [...next].filter(([partition, tracker]) => this.#trackers.get(partition) !== tracker);
    this.#memberId = memberId;
    this.#trackers = next;
    for (const [partition, tracker] of taken) this.taken(partition, tracker);
  }

  /** @returns the tracker for a batch that begins at `firstOffset`; null if the partition is not ours, or no longer. */
  trackerFor(partition: number, firstOffset: number): OffsetTracker | null {
    const tracker = this.#trackers.get(partition);
    if (!tracker) return null;
    // A generation may have passed without our knowledge. If its owner has committed more than we have finished, the
    // partition is now read from a later offset.
    const workedByOther = this.#justKept.delete(partition) && firstOffset > tracker.oldestUnfinished;
    if (!workedByOther && !tracker.isRewoundBy(firstOffset)) return tracker;
    tracker.revoke();
    const anew = new OffsetTracker();
    this.#trackers.set(partition, anew);
    this.taken(partition, anew);
    return anew;
  }

  /** The offset that may be committed now, by partition. */
  committable(): ReadonlyMap<number, { readonly offset: number; readonly tracker: OffsetTracker }> {
    const offsets = new Map<number, { offset: number; tracker: OffsetTracker }>();
    for (const [partition, tracker] of this.#trackers) {
      const offset = tracker.committable;
      if (offset !== null) offsets.set(partition, { offset, tracker });
    }
    return offsets;
  }

  /** Whether events may begin. All partitions must be open first (see `Preparer`). */
  get isOpen(): boolean {
    for (const tracker of this.#trackers.values()) if (!tracker.isOpen) return false;
    return true;
  }

  /** How far the work on each partition is; null if nothing of it was received yet. */
  *positions(): PartitionPositions {
    for (const [partition, tracker] of this.#trackers) yield [partition, tracker.positions];
  }

  get inFlight(): number {
    let sum = 0;
    for (const tracker of this.#trackers.values()) sum += tracker.inFlight;
    return sum;
  }
}
