/**
 * A delivery: one event for one webhook, as data. Both of its ids are made here: its own, which is the same however often
 * its record is read, also after a crash, and the one by which its receiver knows the event.
 *
 * The package `uuid` makes the same ids at five times the cost (docs/decisions/0012).
 */
import { hash } from 'node:crypto';
import type { Reason } from './attempt.ts';
import type { EventSource, EventToDeliver } from './event.ts';

export interface Delivery {
  readonly id: string;
  readonly webhookId: string;
  /** The user's key; null where order does not matter. */
  readonly orderKey: string | null;
  /** Attempts made so far. */
  readonly attempts: number;
  /** Why its first request is made. */
  readonly reason: Exclude<Reason, 'retry'>;
  readonly event: EventToDeliver;
}

/** Why the next request of it is made. */
export function nextReason({ reason, attempts }: Pick<Delivery, 'reason' | 'attempts'>): Reason {
  return reason === 'event' && attempts > 0 ? 'retry' : reason;
}

/**
 * Producers err: two records may bear one event id. So a delivery is that of a record, and its place is part of the id.
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
 * The `webhook-id` header: the event's id where receivers can use it as it is, else its UUIDv5. Standard Webhooks signs
 * `id.timestamp.body`, so an id must not contain a dot. Of a CloudEvent the UUIDv5 of the JSON array `[source,id]`, since
 * only both together are unique (CloudEvents 1.0, `id`).
 *
 * @param source of a CloudEvent; null for a native event.
 */
export function webhookMessageId(eventId: string, source: string | null): string {
  if (source !== null) return uuidv5(JSON.stringify([source, eventId]));
  return /^[A-Za-z0-9_-]+$/.test(eventId) ? eventId : uuidv5(eventId);
}

/** Namespace of every UUIDv5 this service derives. Changing it would change all ids. */
const NAMESPACE = Buffer.from('6f2d5c0e7a435d0b9b1c2f6c1d3b8a55', 'hex');

/** RFC 9562 section 5.5. */
function uuidv5(name: string): string {
  const hex = hash('sha1', Buffer.concat([NAMESPACE, Buffer.from(name)]), 'hex');
  const variant = ((parseInt(hex.charAt(16), 16) & 0b0011) | 0b1000).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
