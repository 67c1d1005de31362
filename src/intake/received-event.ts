/**
 * An event on its way: the pipeline says how many deliveries come of it, and as each of them ends. With the last one
 * its offset is finished. Until then each delivery, and all that is kept of the event, count as held (see `BackPressure`).
 */
import { bytesHeld, type EventSource, type UserEvent } from '../model/event.ts';
import type { BackPressure } from './back-pressure.ts';
import type { OffsetTracker } from './offset-tracker.ts';
import type { DeadLetterReason } from './undecodable.ts';

export class ReceivedEvent {
  readonly #bytes: number;
  #open = 0;
  #event: UserEvent;
  #finished: (() => void) | null = null;

  constructor(
    event: UserEvent,
    private readonly tracker: OffsetTracker,
    private readonly offset: number,
    private readonly pressure: BackPressure,
  ) {
    this.#event = event;
    this.#bytes = bytesHeld(event, event.username);
  }

  get event(): UserEvent {
    return this.#event;
  }

  /** Its trace is this one from now on. @param finished called when nothing is left to do for it. */
  traced(trace: UserEvent['trace'], finished: () => void): void {
    this.#event = { ...this.#event, trace };
    this.#finished = finished;
  }

  /** True once its partition belongs to another member, who reads it again: no new attempt may be started for it. */
  get revoked(): boolean {
    return this.tracker.revoked;
  }

  /** Whether the webhook is behind here: a cursor sends it this event. */
  isLeftToCursor(webhookId: string): boolean {
    const behind = this.tracker.behind?.get(webhookId);
    return behind !== undefined && this.offset >= behind.from && this.offset < behind.until;
  }

  /** Whether any webhook is behind on the partition. */
  get anyBehind(): boolean {
    return this.tracker.behind !== null;
  }

  /** How many deliveries come of it; with none it is finished. Call it once, before any of them can end. */
  fanOut(deliveries: number): void {
    this.#open = deliveries;
    if (deliveries === 0) this.#finish();
    else this.pressure.take(deliveries, this.#bytes);
  }

  /** Nothing is left to do for one of its deliveries: it is acknowledged on the results topic, or stored, or dropped. */
  deliveryFinished(): void {
    this.#open -= 1;
    const last = this.#open === 0;
    if (last) this.#finish();
    this.pressure.release(1, last ? this.#bytes : 0);
  }

  #finish(): void {
    this.tracker.finish(this.offset);
    this.#finished?.();
  }
}

/** Whoever works events. Declared here, as intake is the one who calls it. */
export interface EventSink {
  /** Takes the event over; returns at once and never throws. */
  accept(received: ReceivedEvent): void;
  /** Partitions were assigned, before anything of them is handed over. */
  assigned(): void;
  /** A record is on the dead-letter topic: it is no event that can be read. */
  deadLettered(source: EventSource, reason: DeadLetterReason): void;
  /** Much is held in memory, and has been for a while if it is called again. */
  relieve(): void;
}
