/**
 * Records that were received and not begun, in the order they came: what keeps work going while the next fetch is on
 * its way, and takes whatever a fetch brings beyond what may be begun. Pure.
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

  /** @param enough from where on nothing further needs to be fetched; at half of both fetching goes on. */
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

  /** The next one to begin; those of a partition that was lost are left to its owner. */
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
