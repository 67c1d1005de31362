/**
 * Hands over fetched records in portions, until all are read or the taker has enough. The rest is fetched again later. If
 * unpacking it again would be costly, the reader is kept until then.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PartitionReader, type Fetched } from './fetched/partition-reader.ts';
import type { RecordBatch } from './log-record.ts';

/** How long one partition is read before it is the turn of the next. */
const TURN_MS = 250;
/** This much of a fetch is handed over even if the taker has enough. Otherwise it would be fetched again and again. */
const EVEN_IF_ENOUGH = { records: 4_000, bytes: 1024 * 1024 };
/** How many readers are kept. Each keeps the bytes of its fetch, and up to 8 MiB of unpacked bytes. */
const KEPT_AT_MOST = 8;

export interface Taker {
  /** @returns whether it takes more. False if its consumer was given up or is stopping. */
  take(batch: RecordBatch): Promise<boolean>;
  /** Whether it has enough records of the partition for now. */
  hasEnough(partition: number): boolean;
}

export class FetchHandOver {
  readonly #kept = new Map<number, PartitionReader>();

  /** @param maxRecordBytes for a larger record only an `unread` entry is handed over. */
  constructor(private readonly maxRecordBytes: number) {}

  async handOver(fetched: Fetched, taker: Taker): Promise<void> {
    const reader = this.#readerOf(fetched);
    try {
      await this.#read(reader, taker, fetched.partition);
    } finally {
      if (!reader.worthKeeping) reader.close();
      else this.#keep(fetched.partition, reader);
    }
  }

  /** Drops the kept readers. After a join, other partitions may be read, and all from other offsets. */
  forget(): void {
    for (const reader of this.#kept.values()) reader.close();
    this.#kept.clear();
  }

  async #read(reader: PartitionReader, taker: Taker, partition: number): Promise<void> {
    const until = performance.now() + TURN_MS;
    let [records, bytes] = [0, 0];
    while (!reader.done) {
      const batch = await reader.next();
      if (batch === null) {
        // It is in the middle of a record that is far too large. Between two turns the member sends its heartbeat.
        if (reader.worthKeeping && performance.now() > until) return;
        continue;
      }
      if (!(await taker.take(batch))) return;
      records += batch.records.length;
      for (const { size } of batch.records) bytes += size;
      const much = records >= EVEN_IF_ENOUGH.records || bytes >= EVEN_IF_ENOUGH.bytes;
      if (performance.now() > until || (much && taker.hasEnough(partition))) return;
      // Timers and sockets run between two portions.
      await nextTurn();
    }
  }

  #readerOf(fetched: Fetched): PartitionReader {
    const kept = this.#kept.get(fetched.partition);
    this.#kept.delete(fetched.partition);
    if (kept?.continues(fetched)) return kept;
    kept?.close();
    return new PartitionReader(fetched, this.maxRecordBytes);
  }

  #keep(partition: number, reader: PartitionReader): void {
    this.#kept.set(partition, reader);
    for (const [oldest, kept] of this.#kept) {
      if (this.#kept.size <= KEPT_AT_MOST) return;
      kept.close();
      this.#kept.delete(oldest);
    }
  }
}
