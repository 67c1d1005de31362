/**
 * The partitions this member owns, each with its tracker. A tracker lives as long as one assignment of its partition:
 * work holds on to the tracker it was received under, so what completes after a loss moves nobody's offset. Pure.
 */
import { OffsetTracker } from './offset-tracker.ts';

export type PartitionPositions = Iterable<readonly [partition: number, OffsetTracker['positions']]>;

export class Assignment {
  #memberId: string | null = null;
  #trackers = new Map<number, OffsetTracker>();
  /** Kept partitions of which nothing was read yet since the last join. */
  readonly #justKept = new Set<number>();

  get partitions(): readonly number[] {
    return [...this.#trackers.keys()];
  }

  /**
   * A (re)join. Partitions kept under the same member id keep their trackers: the broker let no generation pass
   * without this member, so nobody else worked them. A new member id means that one may have passed.
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
    this.#memberId = memberId;
    this.#trackers = next;
  }

  /** The tracker to receive a batch under, or null when the partition is not ours (any more). */
  trackerFor(partition: number, firstOffset: number): OffsetTracker | null {
    const tracker = this.#trackers.get(partition);
    if (!tracker) return null;
    // A join may pass that we never hear of; if its owner has committed beyond what we hold, the log begins later now.
    const workedByOther = this.#justKept.delete(partition) && firstOffset > tracker.oldestUnfinished;
    if (!workedByOther && !tracker.isRewoundBy(firstOffset)) return tracker;
    tracker.revoke();
    const anew = new OffsetTracker();
    this.#trackers.set(partition, anew);
    return anew;
  }

  /** What may be committed now, by partition. */
  committable(): ReadonlyMap<number, { readonly offset: number; readonly tracker: OffsetTracker }> {
    const offsets = new Map<number, { offset: number; tracker: OffsetTracker }>();
    for (const [partition, tracker] of this.#trackers) {
      const offset = tracker.committable;
      if (offset !== null) offsets.set(partition, { offset, tracker });
    }
    return offsets;
  }

  /** How far each partition is worked; null where nothing of it was received yet. */
  *positions(): PartitionPositions {
    for (const [partition, tracker] of this.#trackers) yield [partition, tracker.positions];
  }

  get inFlight(): number {
    let sum = 0;
    for (const tracker of this.#trackers.values()) sum += tracker.inFlight;
    return sum;
  }
}
