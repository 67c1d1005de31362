/**
 * Hands over what was fetched, in portions, until its reader has none or whoever takes them has enough. What is left is
 * fetched again, from there; the unpacking that was under way is kept for then, where it would be dear to repeat.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PartitionReader, type Fetched } from './fetched/partition-reader.ts';
import type { RecordBatch } from './log-record.ts';

/** One partition is read for so long before the next has its turn. */
const TURN_MS = 250;
/** So much is handed over of a fetch even when there is enough: else it would be fetched over and over. */
const EVEN_IF_ENOUGH = { records: 4_000, bytes: 1024 * 1024 };
/** Each keeps the bytes of its fetch and up to 8 MiB of what it unpacked. */
const KEPT_AT_MOST = 8;

export interface Taker {
  /** @returns whether it takes more: not when it was given up, or stops. */
  take(batch: RecordBatch): Promise<boolean>;
  /** Whether it has enough for now. */
  hasEnough(partition: number): boolean;
}

export class FetchHandOver {
  readonly #kept = new Map<number, PartitionReader>();

  /** @param maxRecordBytes larger records are not read. */
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

  /** Other partitions may be read from now on, and all from other offsets. */
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
        // In the middle of what is far too large. Between two turns the group hears that this member is alive.
        if (reader.worthKeeping && performance.now() > until) return;
        continue;
      }
      if (!(await taker.take(batch))) return;
      records += batch.records.length;
      for (const { size } of batch.records) bytes += size;
      const much = records >= EVEN_IF_ENOUGH.records || bytes >= EVEN_IF_ENOUGH.bytes;
      if (performance.now() > until || (much && taker.hasEnough(partition))) return;
      // Timers and sockets have their turn between two portions.
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
