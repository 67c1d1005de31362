/**
 * A record as it lies in a topic's log: bytes, and what the batch around it says of it. It belongs to whoever was given
 * it, but its bytes are views of all that came with it: who keeps a record for long keeps a copy of them.
 */
import type { RecordHeaders } from './record-headers.ts';

export interface LogRecord {
  /** A partition that takes a million records a second reaches 2^53 in 285 years. */
  readonly offset: number;
  /** Milliseconds since the epoch, or any other number that a producer made up. */
  readonly timestamp: number | bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
  /** What it takes in the log, unpacked, in bytes. */
  readonly size: number;
  /** Null for all that could be read. Else this stands for what is at `firstOffset` to `offset`, and has no bytes. */
  readonly unread: Unread | null;
}

export interface Unread {
  readonly firstOffset: number;
  readonly reason: 'undecodable_batch' | 'too_large';
  readonly message: string;
}

/** Some records of one partition, in the order of their offsets. */
export interface RecordBatch {
  readonly partition: number;
  readonly records: readonly LogRecord[];
  /** Where it begins: at its first record's offset, or before it where the log has a gap. */
  readonly firstOffset: number;
  /** Where it ends: later than the last record's offset where records were compacted away, aborted, or are markers. */
  readonly lastOffset: number;
}
