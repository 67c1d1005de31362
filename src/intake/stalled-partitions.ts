/**
 * The partitions that are not fetched because too many records were received after one that is not finished. One event that
 * does not end, for example because the dead-letter topic is away, must not let memory grow for ever.
 */
import type { LoggerService } from '@nestjs/common';
import type { OffsetTracker } from './offset-tracker.ts';

/** How many records of a partition may be received from the first unfinished one on. After a crash they are read again. */
export const SPAN_AT_MOST = 100_000;

export class StalledPartitions {
  readonly #partitions = new Set<number>();

  constructor(private readonly logger: Pick<LoggerService, 'warn'>) {}

  has(partition: number): boolean {
    return this.#partitions.has(partition);
  }

  clear(): void {
    this.#partitions.clear();
  }

  /** @returns whether the partition must be stopped now. */
  stops(partition: number, tracker: OffsetTracker): boolean {
    if (tracker.span < SPAN_AT_MOST || this.#partitions.has(partition)) return false;
    this.#partitions.add(partition);
    const { oldestUnfinished: offset, span: behind } = tracker;
    const why =
      'a record is not finished, and too many were read after it; its partition is not read until it is';
    this.logger.warn({ partition, offset, behind }, why);
    return true;
  }

  /** @returns whether the partition may be fetched again now. */
  goesOn(partition: number, tracker: OffsetTracker): boolean {
    return tracker.span <= SPAN_AT_MOST / 2 && this.#partitions.delete(partition);
  }
}
