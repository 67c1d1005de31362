/** The ids of deliveries and attempts. The package `uuid` makes the same ones, at five to ten times the cost. */
import { hash, randomUUID } from 'node:crypto';
import type { UserEvent } from '../model/event.ts';
import { perMillisecond } from '../model/per-millisecond.ts';

/** Namespace of every UUIDv5 this service derives (RFC 9562 section 5.5). Changing it would change all ids. */
const NAMESPACE = Buffer.from('6f2d5c0e7a435d0b9b1c2f6c1d3b8a55', 'hex');

/** @returns UUIDv5 of the event's identity and the webhook's id. */
export function deliveryId(event: Pick<UserEvent, 'id' | 'idScope'>, webhookId: string): string {
  const name = Buffer.from(JSON.stringify([event.idScope, event.id, webhookId]));
  const hex = hash('sha1', Buffer.concat([NAMESPACE, name]), 'hex');
  const variant = ((parseInt(hex.charAt(16), 16) & 0b0011) | 0b1000).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** @returns UUIDv7: the milliseconds since the epoch, and the random part of a UUIDv4. */
export function attemptId(now: number): string {
  return timePart(now) + randomUUID().slice(15);
}

const timePart = perMillisecond((now) => {
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7`;
});
