/**
 * The check every flow test ends with: of every event for every matching webhook, none lost, none out of order per user
 * and webhook (by first success), every request on the results topic. Duplicates are counted, not refused.
 */
import { expect } from 'vitest';
import type { Attempt } from '../../src/model/attempt.ts';
import type { ReceivedRequest } from './receiver.ts';
import type { UserEventValue } from './topics.ts';

export interface Flow {
  /** In the order they were produced. */
  readonly events: readonly UserEventValue[];
  /** What the webhook's receiver got, in order of arrival; ids must be usable as `webhook-id`. */
  readonly requests: readonly ReceivedRequest[];
  readonly attempts: readonly Attempt[];
  readonly webhookId: string;
}

/** @returns how many successful requests were duplicates. */
export function checkIntegrity({ events, requests, attempts, webhookId }: Flow): number {
  const successes = requests.filter(({ status }) => status !== null && status >= 200 && status < 300);
  const firstSuccess = new Map<string, number>();
  for (const [index, { headers }] of successes.entries()) {
    const id = String(headers['webhook-id']);
    if (!firstSuccess.has(id)) firstSuccess.set(id, index);
  }
  const lost = events.filter(({ id }) => !firstSuccess.has(id)).map(({ id }) => id);
  expect(lost, 'events never delivered').toEqual([]);

  const lastOfUser = new Map<string, { id: string; index: number }>();
  const outOfOrder: string[] = [];
  for (const { id, data } of events) {
    const username = String(data['username']);
    const index = firstSuccess.get(id) ?? -1;
    const before = lastOfUser.get(username);
    if (before && before.index > index) outOfOrder.push(`${username}: ${id} before ${before.id}`);
    lastOfUser.set(username, { id, index });
  }
  expect(outOfOrder, 'events out of order').toEqual([]);

  const recorded = attempts.filter((attempt) => attempt.webhook_id === webhookId);
  const delivered = new Set(
    recorded.filter(({ outcome }) => outcome === 'delivered').map(({ event_id }) => event_id),
  );
  const unrecorded = events.filter(({ id }) => !delivered.has(id)).map(({ id }) => id);
  expect(unrecorded, 'deliveries without a result').toEqual([]);
  return successes.length - events.length;
}
