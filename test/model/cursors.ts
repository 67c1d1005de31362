/** The table `cursors` as its statements promise it to behave, in memory: for the model test. */
import type { ClaimedPartition, CursorChange, Written } from '../../src/catch-up/cursor-store.ts';
import type { Cursor, CursorReplay } from '../../src/catch-up/cursor.ts';

export class Cursors {
  /** Those that are not done. */
  rows: Cursor[] = [];
  readonly #claims = new Map<number, string>();
  #made = 0;

  claim(partition: number, token: string): ClaimedPartition['cursors'] {
    this.#claims.set(partition, token);
    return this.list([partition]);
  }

  list(partitions: readonly number[]): Cursor[] {
    return this.rows.filter(({ partition }) => partitions.includes(partition));
  }

  write(changes: readonly CursorChange[]): Written {
    const written = new Set<string>();
    const lost = new Set<number>();
    for (const change of changes) {
      const { partition, token } = change.claim;
      if (this.#claims.get(partition) !== token) lost.add(partition);
      else if (this.#apply(change)) written.add(change.id);
    }
    return { written, lost };
  }

  /** REST: a webhook is to be sent what lies in the partition from an offset on. */
  add(cursor: Pick<Cursor, 'webhookId' | 'partition' | 'next' | 'end'>, replay: Partial<CursorReplay>): void {
    this.#made += 1;
    const id = String(this.#made).padStart(6, '0');
    const all = {
      triggers: null,
      username: null,
      eventId: null,
      deliveryId: null,
      attemptsBefore: 0,
      mode: 'all',
      dryRun: false,
      from: null,
      to: null,
    } as const;
    const wished: CursorReplay = { id, kind: 'replay', stopping: false, ...all, ...replay };
    this.rows.push({
      ...cursor,
      id: `cursor-${id}`,
      liveBefore: 0,
      matched: 0,
      expired: 0,
      anyGivenUp: true,
      replay: wished,
    });
  }

  endlessOf(webhookId: string): number[] {
    return this.rows
      .filter((row) => row.webhookId === webhookId && row.end === null)
      .map(({ partition }) => partition);
  }

  #apply(change: CursorChange): boolean {
    const { id, next } = change;
    if (change.kind === 'create') {
      const { webhookId, claim } = change;
      if (this.endlessOf(webhookId).includes(claim.partition)) return false;
      this.rows.push({
        id,
        webhookId,
        partition: claim.partition,
        next,
        end: null,
        liveBefore: next,
        matched: 0,
        expired: 0,
        anyGivenUp: true,
        replay: null,
      });
      return true;
    }
    const known = this.rows.some((row) => row.id === id);
    this.rows = change.done
      ? this.rows.filter((row) => row.id !== id)
      : this.rows.map((row) =>
          row.id === id
            ? { ...row, next, ...(change.leavesReplay && { replay: null, liveBefore: next }) }
            : row,
        );
    return known;
  }
}
