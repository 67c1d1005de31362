/**
 * What is done with a delivery that PostgreSQL refuses to store for what it is: the plainer form that is tried in its place,
 * a stand-in that tells whether it is this delivery or the table, and what the log says of it. Pure.
 */
import { randomUUID } from 'node:crypto';
import type { NewRow } from './row.ts';

/** Without all that it can be sent without; null if it is as plain already. The user name is read from the body then. */
export function plainForm(row: NewRow): NewRow | null {
  const { delivery } = row;
  const { trace, username } = delivery.event;
  if (trace === null && username === null) return null;
  return { ...row, delivery: { ...delivery, event: { ...delivery.event, trace: null, username: null } } };
}

/** A delivery of the same user and webhook in which nothing is to be refused. */
export function standInFor(row: NewRow): NewRow {
  const { delivery, as } = row;
  const id = randomUUID();
  return {
    as,
    delayMs: 0,
    delivery: {
      ...delivery,
      id,
      attempts: 0,
      attemptsBefore: 0,
      reason: 'event',
      replayId: null,
      event: {
        id,
        messageId: id,
        type: delivery.event.type,
        timestamp: '2026-01-01T00:00:00Z',
        body: Buffer.from('{}'),
        trace: null,
        username: null,
        source: null,
      },
    },
  };
}

/** For the log: the place of the event's record, and the delivery. The event itself may be what the log cannot hold. */
export function placeOf({ as, delivery }: NewRow): object {
  const { id, webhookId, attempts, event } = delivery;
  return { ...event.source, deliveryId: id, webhookId, attempts, as };
}
