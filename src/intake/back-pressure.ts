/**
 * Bounds what intake holds in memory. `WaitingRecords` keeps what was received and has not begun: the work until the next
 * fetch arrives, and what a fetch brings beyond what may begin. `BackPressure` counts what is in work: deliveries, because
 * one event may have a thousand, and the bytes of their events. Pure.
 */
import Queue from 'yocto-queue';
import type { LogRecord } from '../kafka/log-record.ts';
import type { OffsetTracker } from './offset-tracker.ts';

export interface WaitingLimits {
  readonly records: number;
  readonly bytes: number;
}

export interface PressureLimits {
  readonly deliveries: number;
  readonly bytes: number;
}

export const LIMITS: { readonly inWork: PressureLimits; readonly fetched: WaitingLimits } = {
  /** While this much is in work, no further record begins. */
  inWork: { deliveries: 5_000, bytes: 64 * 1024 * 1024 },
  /** While this much waits to begin, nothing is fetched. It is enough work for the time that a consumer needs to resume. */
  fetched: { records: 2_000, bytes: 16 * 1024 * 1024 },
};

export interface WaitingRecord {
  readonly record: LogRecord;
  readonly partition: number;
  readonly offset: number;
  readonly tracker: OffsetTracker;
}

/** Records that have not begun, in the order in which they came. */
export class WaitingRecords {
  readonly #queue = new Queue<WaitingRecord>();
  #bytes = 0;

  /** @param enough at this amount fetching may stop; at half of both it must go on. */
  constructor(private readonly enough: WaitingLimits) {}

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
    this.#bytes += waiting.record.size;
  }

  /** The next record to begin. Records of lost partitions are left out: the new owner reads them. */
  next(): WaitingRecord | undefined {
    for (;;) {
      const waiting = this.#queue.dequeue();
      if (waiting) this.#bytes -= waiting.record.size;
      if (!waiting?.tracker.revoked) return waiting;
    }
  }

  dropRevoked(): void {
    const kept = [...this.#queue.drain()].filter(({ tracker }) => !tracker.revoked);
    this.#bytes = 0;
    for (const waiting of kept) this.add(waiting);
  }
}

/** What is in work. While it is full, no further event may begin. */
export class BackPressure {
  #deliveries = 0;
  #bytes = 0;

  /** @param onRoom called whenever something has ended and there is room. */
  constructor(
    private readonly limits: PressureLimits,
    private readonly onRoom: () => void,
  ) {}

  get held(): PressureLimits {
    return { deliveries: this.#deliveries, bytes: this.#bytes };
  }

  get full(): boolean {
    return this.#deliveries >= this.limits.deliveries || this.#bytes >= this.limits.bytes;
  }

  /** Half full or more: it is time to relieve the memory of what will take long. */
  get high(): boolean {
    return this.#deliveries >= this.limits.deliveries / 2 || this.#bytes >= this.limits.bytes / 2;
  }

  take(deliveries: number, bytes: number): void {
    this.#deliveries += deliveries;
    this.#bytes += bytes;
  }

  release(deliveries: number, bytes: number): void {
    this.#deliveries -= deliveries;
    this.#bytes -= bytes;
    if (!this.full) this.onRoom();
  }
}
