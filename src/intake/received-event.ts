/**
 * An event on its way through the pipeline, which says how many deliveries it has, and when each is finished. With the last
 * one, the event's offset is finished. Until then its deliveries and its bytes count as held (see `BackPressure`).
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

  /** Replaces the event's trace. @param finished called when nothing is left to do for the event. */
  traced(trace: UserEvent['trace'], finished: () => void): void {
    this.#event = { ...this.#event, trace };
    this.#finished = finished;
  }

  /** True once its partition belongs to another member, which reads the event again. Then no new attempt may start. */
  get revoked(): boolean {
    return this.tracker.revoked;
  }

  /** Whether a cursor will send this event to the webhook, because the webhook is behind. */
  isLeftToCursor(webhookId: string): boolean {
    const behind = this.tracker.behind?.get(webhookId);
    return behind !== undefined && this.offset >= behind.from && this.offset < behind.until;
  }

  /** Whether a delivery of it may have been given up already, by an owner of the partition before. */
  get mayBeGivenUp(): boolean {
    return this.offset < this.tracker.givenUpBefore;
  }

  /** Whether a delivery of it may have a row already, which an owner of the partition before has stored. */
  get mayHaveRow(): boolean {
    return this.offset < this.tracker.mayBeReadBefore;
  }

  /** Whether any webhook is behind on the partition. */
  get anyBehind(): boolean {
    return this.tracker.behind !== null;
  }

  /** @param deliveries how many the event has; with 0 it is finished. Call it once, before any of them can end. */
  fanOut(deliveries: number): void {
    this.#open = deliveries;
    if (deliveries === 0) this.#finish();
    else this.pressure.take(deliveries, this.#bytes);
  }

  /** One of its deliveries is finished: recorded on the results topic, stored or dropped. */
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

/** Works on events. It is declared here because intake calls it. */
export interface EventSink {
  /** Takes the event, returns at once and never throws. */
  accept(received: ReceivedEvent): void;
  /** Partitions were assigned. It is called before any of their events. */
  assigned(): void;
  /** A record is on the dead-letter topic, because it is not a readable event. */
  deadLettered(source: EventSource, reason: DeadLetterReason): void;
  /** Memory gets short. It is called again and again while that lasts. */
  relieve(): void;
}
