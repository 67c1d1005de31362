/**
 * An event on its way: the pipeline says how many deliveries come of it, and as each of them ends. With the last one
 * its offset is finished. Until then each delivery, and all that is kept of the event, count as held (see `BackPressure`).
 */
import { bytesHeld, type UserEvent } from '../model/event.ts';
import type { BackPressure } from './back-pressure.ts';
import type { OffsetTracker } from './offset-tracker.ts';

export class ReceivedEvent {
  readonly #bytes: number;
  #open = 0;

  constructor(
    readonly event: UserEvent,
    private readonly tracker: OffsetTracker,
    private readonly offset: number,
    private readonly pressure: BackPressure,
  ) {
    this.#bytes = bytesHeld(event, event.username);
  }

  /** True once its partition belongs to another member, who reads it again: no new attempt may be started for it. */
  get revoked(): boolean {
    return this.tracker.revoked;
  }

  /** How many deliveries come of it; with none it is finished. Call it once, before any of them can end. */
  fanOut(deliveries: number): void {
    this.#open = deliveries;
    if (deliveries === 0) this.tracker.finish(this.offset);
    else this.pressure.take(deliveries, this.#bytes);
  }

  /** Nothing is left to do for one of its deliveries: it is acknowledged on the results topic, or stored, or dropped. */
  deliveryFinished(): void {
    this.#open -= 1;
    const last = this.#open === 0;
    if (last) this.tracker.finish(this.offset);
    this.pressure.release(1, last ? this.#bytes : 0);
  }
}

/** Whoever works events. Declared here, as intake is the one who calls it. */
export interface EventSink {
  /** Takes the event over; returns at once and never throws. */
  accept(received: ReceivedEvent): void;
  /** Partitions were assigned, before anything of them is handed over. */
  assigned(): void;
  /** Much is held in memory, and has been for a while if it is called again. */
  relieve(): void;
}
