/**
 * A record of a topic's log: its bytes, and what its batch says about it. The bytes are views of a whole fetch. To keep a
 * record for long, keep a copy of its bytes. Otherwise the whole fetch stays in memory.
 */
import type { RecordHeaders } from './record-headers.ts';

export interface LogRecord {
  /** A number is exact up to 2^53. At a million records per second, a partition reaches that in 285 years. */
  readonly offset: number;
  /** Milliseconds since the epoch, by the producer. Brokers accept any number. */
  readonly timestamp: number | bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: RecordHeaders;
  /** Its size in the log, unpacked, in bytes. */
  readonly size: number;
  /** Null for a record that was read. Else this entry stands for `firstOffset` to `offset`, and has no bytes. */
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
  /** The offset of its first record, or a lower one if the log has a gap there. */
  readonly firstOffset: number;
  /** The offset of its last record, or a higher one if records after it were compacted, were aborted or are markers. */
  readonly lastOffset: number;
}
