/** A fresh delivery of an event without a place in the log, for unit tests. */
import type { Delivery } from '../../src/model/delivery.ts';

export function sampleDelivery(values: Partial<Delivery> = {}): Delivery {
  return {
    id: 'd',
    webhookId: 'w',
    orderKey: 'jdoe',
    attempts: 0,
    attemptsBefore: 0,
    reason: 'event',
    replayId: null,
    event: {
      id: 'e',
      messageId: 'e',
      type: 'user_keys',
      timestamp: '2026-11-24T09:30:00Z',
      body: Buffer.from('{}'),
      username: 'jdoe',
      trace: null,
      source: null,
    },
    ...values,
  };
}
