import { expect, it } from 'vitest';
import { sampleWebhook } from '../../test/support/sample-webhook.ts';
import { RequestBuilder } from '../delivery/request.ts';
import { TransportFailure } from '../delivery/transport-failure.ts';
import type { EventToDeliver } from '../model/event.ts';
import { previewOf } from './request-preview.ts';

const SECRETS = [
  { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', expiresAt: null },
  { secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD', expiresAt: 9_999_999_999_999 },
] as const;
const WEBHOOK = sampleWebhook({
  url: 'https://hooks.example.com/users?key=hush-query',
  secretToken: 'hush-token',
  headers: { 'X-Key': 'hush-header' },
  signingSecrets: [...SECRETS],
});
const EVENT: EventToDeliver = {
  id: 'evt_1',
  messageId: 'evt_1',
  type: 'user_created',
  timestamp: '2026-11-24T10:00:00Z',
  body: Buffer.from('{"username":"jdoe","n":1.50}'),
  username: 'jdoe',
  trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
  source: null,
};

it('shows what is sent, and nothing that is secret: a signature neither, or a viewer could have any body signed', () => {
  const request = new RequestBuilder('user-webhooks/1.2.3', 15_000).build(WEBHOOK, EVENT, 1_764_000_000_999);
  if (request instanceof TransportFailure) throw request;
  expect(request.headers.join()).toContain('hush-token');
  expect(previewOf(WEBHOOK, request)).toEqual({
    method: 'POST',
    url: 'https://hooks.example.com/users?key=***',
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'user-webhooks/1.2.3',
      Authorization: 'Bearer ***',
      'X-Key': '***',
      'X-Defguard-Event': 'user_created',
      'webhook-id': 'evt_1',
      'webhook-timestamp': '1764000000',
      'webhook-signature': 'v1,*** v1,***',
      traceparent: EVENT.trace?.traceparent,
    },
    body: '{"username":"jdoe","n":1.50}',
  });
});
