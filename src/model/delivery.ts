/** A delivery: one event for one webhook. Its id is the same however often it is worked, also after a crash. */
import { v5 as uuidv5 } from 'uuid';

/** Namespace of every UUIDv5 this service derives (RFC 9562 section 5.5). Changing it would change all ids. */
const NAMESPACE = '6f2d5c0e-7a43-5d0b-9b1c-2f6c1d3b8a55';

/**
 * The `webhook-id` header: the event's id where receivers can use it as it is, else its UUIDv5.
 * Standard Webhooks signs `id.timestamp.body`, so an id must not contain a dot.
 */
export function webhookMessageId(eventId: string): string {
  return /^[A-Za-z0-9_-]+$/.test(eventId) ? eventId : uuidv5(eventId, NAMESPACE);
}
