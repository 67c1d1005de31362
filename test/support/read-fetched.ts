/** Reads what a broker might have sent, to its end, as the service reads it. */
import { PartitionReader, type Fetched } from '../../src/kafka/fetched/partition-reader.ts';
import type { LogRecord, RecordBatch } from '../../src/kafka/log-record.ts';

export const MAX_RECORD_BYTES = 4 * 1024 * 1024;

export interface Read {
  readonly batches: RecordBatch[];
  /** All but those that stand for what could not be read. */
  readonly records: LogRecord[];
  /** What could not be read: first and last offset, reason and message. */
  readonly unread: { from: number; to: number; reason: string; message: string }[];
  /** What is to be fetched next. */
  readonly position: number;
}

export function fetched(bytes: Buffer | readonly Buffer[], values: Partial<Fetched> = {}): Fetched {
  const all = Buffer.isBuffer(bytes) ? bytes : Buffer.concat(bytes);
  return {
    partition: 0,
    offset: 0,
    highWatermark: 1_000_000,
    abortedTransactions: [],
    ...values,
    bytes: all,
  };
}

export async function readFetched(what: Fetched, maxRecordBytes = MAX_RECORD_BYTES): Promise<Read> {
  const reader = new PartitionReader(what, maxRecordBytes);
  const batches: RecordBatch[] = [];
  let position = what.offset;
  while (!reader.done) {
    const batch = await reader.next();
    if (batch === null) continue;
    if (batch.firstOffset !== position) throw new Error('a batch does not begin where the one before ended');
    if (batch.lastOffset < batch.firstOffset) throw new Error('a batch ends before it begins');
    position = batch.lastOffset + 1;
    batches.push(batch);
  }
  const all = batches.flatMap(({ records }) => records);
  return {
    batches,
    records: all.filter(({ unread }) => unread === null),
    unread: all.flatMap(({ unread, offset }) =>
      unread === null
        ? []
        : [{ from: unread.firstOffset, to: offset, reason: unread.reason, message: unread.message }],
    ),
    position,
  };
}

/** What a test wants to see of records. */
export function values(records: readonly LogRecord[]): [offset: number, value: string | undefined][] {
  return records.map(({ offset, value }) => [offset, value?.toString()]);
}
