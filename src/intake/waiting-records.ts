/**
 * Records that were received and not begun, in the order they came: what keeps work going while the next fetch is on
 * its way, and takes whatever a fetch brings beyond what may be begun. Pure.
 */
import type { KafkaMessage } from 'kafkajs';
import Queue from 'yocto-queue';
import type { OffsetTracker } from './offset-tracker.ts';

export interface WaitingRecord {
  readonly record: KafkaMessage;
  readonly partition: number;
  readonly offset: number;
  readonly tracker: OffsetTracker;
}

export class WaitingRecords {
  readonly #queue = new Queue<WaitingRecord>();

  /** @param enough from how many on nothing further needs to be fetched; at half of it fetching goes on. */
  constructor(private readonly enough: number) {}

  get enoughFetched(): boolean {
    return this.#queue.size >= this.enough;
  }

  get runningOut(): boolean {
    return this.#queue.size <= this.enough / 2;
  }

  get empty(): boolean {
    return this.#queue.size === 0;
  }

  add(waiting: WaitingRecord): void {
    this.#queue.enqueue(waiting);
  }

  /** The next one to begin; those of a partition that was lost are left to its owner. */
  next(): WaitingRecord | undefined {
    for (;;) {
      const waiting = this.#queue.dequeue();
      if (!waiting?.tracker.revoked) return waiting;
    }
  }

  dropRevoked(): void {
    const kept = [...this.#queue.drain()].filter(({ tracker }) => !tracker.revoked);
    for (const waiting of kept) this.#queue.enqueue(waiting);
  }
}
