import { expect, it } from 'vitest';
import { sampleWebhook } from '../../test/support/sample-webhook.ts';
import { RequestBuilder } from '../delivery/request.ts';
import { LogUnavailable } from '../kafka/log-faults.ts';
import type { EventToDeliver } from '../model/event.ts';
import type { Webhook } from '../model/webhook.ts';
import { Problem } from '../rest/problem.ts';
import { SealBroken } from '../secrets/secret-box.ts';
import { EventExpired } from './event-lookup.ts';
import { RequestPreviews } from './request-previews.ts';

const WEBHOOK = sampleWebhook();
const EVENT = {
  id: 'evt_1',
  messageId: 'evt_1',
  type: 'user_created',
  timestamp: '2026-11-24T10:00:00Z',
  body: Buffer.from('{}'),
  trace: null,
  source: null,
} as EventToDeliver;
const DELIVERY = { id: 'd', webhookId: WEBHOOK.id, eventId: 'evt_1', source: null };

function previewsOf(webhook: Webhook | Error, event: EventToDeliver | EventExpired | Error): RequestPreviews {
  const give = <Value>(value: Value | Error): Promise<Value> =>
    value instanceof Error ? Promise.reject(value) : Promise.resolve(value);
  return new RequestPreviews(
    new RequestBuilder('user-webhooks/1.2.3', 15_000),
    { load: () => give(webhook) },
    { ofDelivery: () => give(event) },
  );
}

it('shows the next request of a delivery', async () => {
  const shown = await previewsOf(WEBHOOK, EVENT).ofDelivery(DELIVERY);
  expect(shown).toMatchObject({ request: { method: 'POST', body: '{}' }, request_missing: null });
});

it.each([
  [new Problem('not_found', 'gone'), EVENT, 'webhook_deleted', null],
  [
    new SealBroken({ table: 'webhooks', id: WEBHOOK.id, column: 'secret_token' }, 'the key is lost'),
    EVENT,
    'secrets_unreadable',
    null,
  ],
  [sampleWebhook({ secretToken: 'two\nlines' }), EVENT, 'not_sendable', null],
  [WEBHOOK, new LogUnavailable('user-events', null, null), 'log_unavailable', null],
  [WEBHOOK, new EventExpired('2026-11-24T10:00:00.000Z'), 'event_expired', '2026-11-24T10:00:00.000Z'],
])('or why there is none: %s, %s', async (webhook, event, code, log_begins_at) => {
  expect(await previewsOf(webhook, event).ofDelivery(DELIVERY)).toEqual({
    request: null,
    request_missing: { code, log_begins_at },
  });
});
