/**
 * A delivery, one event for one webhook, as data. Both of its ids are made here. One is its own: it stays the same when the
 * record is read again, even after a crash. By the other one the receiver knows the event.
 *
 * The package `uuid` makes the same ids at five times the cost (docs/decisions/0012).
 */
import { hash } from 'node:crypto';
import type { Reason } from './attempt.ts';
import type { EventSource, EventToDeliver } from './event.ts';

export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  /** The key that the events of one user share; null if order does not matter. */
  readonly orderKey: string | null;
  /** How many attempts were made so far. */
  readonly attempts: number;
  /** How many of them were made before it was sent again: the retry schedule begins behind them. */
  readonly attemptsBefore: number;
  /** Why the first request is made. */
  readonly reason: Exclude<Reason, 'retry'>;
  /** The replay that it belongs to; null if it is sent as its event came. */
  readonly replayId: string | null;
  readonly event: EventToDeliver;
}

/** Why the next request of the delivery is made. */
export function nextReason({ reason, attempts }: Pick<Delivery, 'reason' | 'attempts'>): Reason {
  return reason === 'event' && attempts > 0 ? 'retry' : reason;
}

/**
 * Producers make mistakes: two records may have the same event id. So the place of the record is part of the delivery's id.
 *
 * @returns UUIDv5 of the JSON array of the webhook's id, the event's id, topic, partition and offset (a text).
 */
export function deliveryId(
  webhookId: string,
  eventId: string,
  { topic, partition, offset }: EventSource,
): string {
  return uuidv5(JSON.stringify([webhookId, eventId, topic, partition, offset]));
}

/**
 * The `webhook-id` header. It is the event's id if receivers can use that as it is, and otherwise its UUIDv5: Standard
 * Webhooks signs `id.timestamp.body`, so an id must not contain a dot. For a CloudEvent it is the UUIDv5 of the JSON array
 * `[source,id]`, because only both together are unique (CloudEvents 1.0, `id`).
 *
 * @param source of a CloudEvent; null for a native event.
 */
export function webhookMessageId(eventId: string, source: string | null): string {
  if (source !== null) return uuidv5(JSON.stringify([source, eventId]));
  return /^[A-Za-z0-9_-]+$/.test(eventId) ? eventId : uuidv5(eventId);
}

/** The namespace of every UUIDv5 of this service. It must not change, because all ids would change. */
const NAMESPACE = Buffer.from('6f2d5c0e7a435d0b9b1c2f6c1d3b8a55', 'hex');

/** RFC 9562 section 5.5. */
export function uuidv5(name: string): string {
  const hex = hash('sha1', Buffer.concat([NAMESPACE, Buffer.from(name)]), 'hex');
  const variant = ((parseInt(hex.charAt(16), 16) & 0b0011) | 0b1000).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
