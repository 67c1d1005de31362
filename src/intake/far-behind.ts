/**
 * Partitions that are not fetched, as too much was received behind a record that is not finished: one event that does not
 * end, say because the dead-letter topic is away, must not let memory grow for ever.
 */
import type { LoggerService } from '@nestjs/common';
import { SPAN_AT_MOST } from './limits.ts';
import type { OffsetTracker } from './offset-tracker.ts';

export class FarBehind {
  readonly #partitions = new Set<number>();

  constructor(private readonly logger: Pick<LoggerService, 'warn'>) {}

  has(partition: number): boolean {
    return this.#partitions.has(partition);
  }

  clear(): void {
    this.#partitions.clear();
  }

  /** @returns whether it is to be stopped now. */
  stops(partition: number, tracker: OffsetTracker): boolean {
    if (tracker.span < SPAN_AT_MOST || this.#partitions.has(partition)) return false;
    this.#partitions.add(partition);
    const { oldestUnfinished: offset, span: behind } = tracker;
    const why = 'a record is not finished and too many wait behind it; its partition is not read until it is';
    this.logger.warn({ partition, offset, behind }, why);
    return true;
  }

  /** @returns whether it may go on now. */
  goesOn(partition: number, tracker: OffsetTracker): boolean {
    return tracker.span <= SPAN_AT_MOST / 2 && this.#partitions.delete(partition);
  }
}
