/** An event on its way: the pipeline works it and says when nothing of it is left to do. */
import type { UserEvent } from '../model/event.ts';
import type { OffsetTracker } from './offset-tracker.ts';

export class ReceivedEvent {
  constructor(
    readonly event: UserEvent,
    private readonly tracker: OffsetTracker,
    private readonly offset: number,
    private readonly onFinished: (event: ReceivedEvent) => void,
  ) {}

  /** True once its partition belongs to another member, who reads it again: no new attempt may be started for it. */
  get revoked(): boolean {
    return this.tracker.revoked;
  }

  /** Every delivery of it is done, and acknowledged on the results topic. Call it once. */
  finish(): void {
    this.tracker.finish(this.offset);
    this.onFinished(this);
  }
}

/** Whoever works events. Declared here, as intake is the one who calls it. */
export interface EventSink {
  /** Takes the event over; returns at once and never throws. */
  accept(received: ReceivedEvent): void;
  /** Partitions were assigned, before anything of them is handed over. */
  assigned(): void;
  /** Too much is held in memory, and has been for a while if it is called again. */
  relieve(): void;
}
