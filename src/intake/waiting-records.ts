/**
 * Records that were received and have not begun, in the order in which they came. They are the work until the next fetch
 * arrives. They also hold what a fetch brings beyond what may begin. Pure.
 */
import Queue from 'yocto-queue';
import type { LogRecord } from '../kafka/log-record.ts';
import type { OffsetTracker } from './offset-tracker.ts';

export interface WaitingRecord {
  readonly record: LogRecord;
  readonly partition: number;
  readonly offset: number;
  readonly tracker: OffsetTracker;
}

export interface Enough {
  readonly records: number;
  readonly bytes: number;
}

export class WaitingRecords {
  readonly #queue = new Queue<WaitingRecord>();
  #bytes = 0;

  /** @param enough at this amount fetching may stop; at half of both it must go on. */
  constructor(private readonly enough: Enough) {}

  get enoughFetched(): boolean {
    return this.#queue.size >= this.enough.records || this.#bytes >= this.enough.bytes;
  }

  get runningOut(): boolean {
    return this.#queue.size <= this.enough.records / 2 && this.#bytes <= this.enough.bytes / 2;
  }

  get records(): number {
    return this.#queue.size;
  }

  get empty(): boolean {
    return this.#queue.size === 0;
  }

  add(waiting: WaitingRecord): void {
    this.#queue.enqueue(waiting);
    this.#bytes += bytesOf(waiting);
  }

  /** The next record to begin. Records of lost partitions are left out: the new owner reads them. */
  next(): WaitingRecord | undefined {
    for (;;) {
      const waiting = this.#queue.dequeue();
      if (waiting) this.#bytes -= bytesOf(waiting);
      if (!waiting?.tracker.revoked) return waiting;
    }
  }

  dropRevoked(): void {
    const kept = [...this.#queue.drain()].filter(({ tracker }) => !tracker.revoked);
    this.#bytes = 0;
    for (const waiting of kept) this.add(waiting);
  }
}

function bytesOf({ record }: WaitingRecord): number {
  return record.size;
}
