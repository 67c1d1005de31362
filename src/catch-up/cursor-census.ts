/** Counts the cursors that are worked here. For each kind it also says how many records the slowest one has before it. */
import { isRecovery } from './cursor.ts';
import type { OwnedPartition } from './owned-partition.ts';
import type { Run } from './run.ts';

type Kind = 'catch_up' | 'paused' | 'replay' | 'recover';

export class CursorCensus {
  readonly counts: Record<Kind, number> = { catch_up: 0, paused: 0, replay: 0, recover: 0 };
  /** Records; null for a kind that does not read the log. */
  readonly behind: Record<Kind, number | null> = { catch_up: 0, paused: 0, replay: 0, recover: null };

  /** @param paused the ids of the webhooks that are paused. */
  constructor(partitions: Iterable<OwnedPartition>, paused: ReadonlySet<string>) {
    for (const { runs, tracker, claimed } of partitions) {
      if (!claimed || tracker.revoked) continue;
      for (const run of runs.values()) {
        const kind = kindOf(run, paused);
        if (kind === null) continue;
        this.counts[kind] += 1;
        const end = run.cursor.end ?? tracker.position ?? run.saved;
        const most = this.behind[kind];
        if (most !== null) this.behind[kind] = Math.max(most, end - run.saved);
      }
    }
  }
}

/** Null for a cursor that has handed over and is not deleted yet. */
function kindOf(run: Run, paused: ReadonlySet<string>): Kind | null {
  if (isRecovery(run.cursor)) return 'recover';
  if (!run.endless) return 'replay';
  if (paused.has(run.cursor.webhookId)) return 'paused';
  return run.isHandedOver ? null : 'catch_up';
}
