/**
 * The table `cursors`, as catch-up uses it. Only the owner of a partition may write. Each write names the claim by which
 * the owner took over the partition. If another process has claimed the partition since, the write is refused.
 */
import type { Cursor } from './cursor.ts';

/** A partition as its owner claimed it. */
export interface Claim {
  readonly partition: number;
  /** UUID, a new one for each claim. */
  readonly token: string;
}

export interface ClaimedPartition {
  readonly cursors: readonly Cursor[];
  /** Where the consumer begins: at what its group has committed, or else where the log begins; null if it is unknown. */
  readonly begins: number | null;
  /** `givenUp`: the offset after the last one from there on of which a delivery was given up. `read`: see `OffsetTracker`. */
  readonly before: { readonly givenUp: number; readonly read: number };
}

/** What is to be written of one cursor. */
export type CursorChange = { readonly claim: Claim; readonly id: string } & (
  | { readonly kind: 'create'; readonly webhookId: string; readonly next: number; readonly position: number }
  | {
      readonly kind: 'progress';
      readonly next: number;
      /** How far live reading has come; null: unknown. */
      readonly position: number | null;
      readonly matched: number;
      readonly expired: number;
      /** When the last record that was read was written, milliseconds since the epoch; null: unknown. */
      readonly since: number | null;
      /** It is over. */
      readonly done: boolean;
      /** What its replay was for is done; it goes on, as its webhook was paused meanwhile. */
      readonly leavesReplay: boolean;
      readonly replayId: string | null;
    }
);

export interface Written {
  /** Ids of the cursors whose row was written. */
  readonly written: ReadonlySet<string>;
  /** Partitions that another process has claimed. */
  readonly lost: ReadonlySet<number>;
}

export interface CursorStore {
  /**
   * Becomes the owner of the partition, and reads its cursors. A write of the previous owner is either seen here, or
   * refused.
   */
  claim(claim: Claim): Promise<ClaimedPartition>;
  /** The cursors of these partitions. */
  list(partitions: readonly number[]): Promise<readonly Cursor[]>;
  /** All in one transaction. */
  write(changes: readonly CursorChange[]): Promise<Written>;
}
