import fc from 'fast-check';
import { v5 as uuidv5 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { deliveryId, webhookMessageId } from './delivery.ts';

const NAMESPACE = '6f2d5c0e-7a43-5d0b-9b1c-2f6c1d3b8a55';
const WEBHOOK = '019ab000-0000-7000-8000-000000000001';

describe('the id of a delivery', () => {
  it('is the UUIDv5 of webhook, event id and place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uuid(), fc.nat(), (id, webhookId, partition) => {
        const expected = uuidv5(JSON.stringify([webhookId, id, 'user-events', partition, '7']), NAMESPACE);
        expect(deliveryId(webhookId, id, { topic: 'user-events', partition, offset: '7' })).toBe(expected);
      }),
    );
  });

  it('is another one for another record with the same event id: the second event was dropped without a word', () => {
    const places = [
      { topic: 'user-events', partition: 0, offset: '7' },
      { topic: 'user-events', partition: 0, offset: '8' },
      { topic: 'user-events', partition: 1, offset: '7' },
      { topic: 'others', partition: 0, offset: '7' },
    ];
    expect(new Set(places.map((place) => deliveryId(WEBHOOK, 'e1', place))).size).toBe(places.length);
  });
});

describe('the webhook-id', () => {
  it('is the id of the event where receivers can use it, else another form, the same each time', () => {
    expect(webhookMessageId('a-Z_9', null)).toBe('a-Z_9');
    expect(webhookMessageId('a.b', null)).toBe(uuidv5('a.b', NAMESPACE));
  });

  it('of a CloudEvent is that of its source too: two sources with one id were taken for one event', () => {
    expect(webhookMessageId('1', '/core')).toBe(uuidv5('["/core","1"]', NAMESPACE));
    expect(webhookMessageId('1', '/core')).not.toBe(webhookMessageId('1', '/vpn'));
  });
});
