import { describe, expect, it } from 'vitest';
import { Webhook as Verifier } from 'standardwebhooks';
import type { EventToDeliver } from '../model/event.ts';
import type { Webhook } from '../model/webhook.ts';
import { sampleWebhook } from '../../test/support/sample-webhook.ts';
import type { PreparedRequest } from './exchange.ts';
import { RequestBuilder } from './request.ts';
import { TransportFailure } from './transport-failure.ts';

const WEBHOOK = sampleWebhook({
  url: 'https://hooks.example.com:8443/users?tenant=a%20b',
  method: 'GET',
});
const EVENT: EventToDeliver = {
  id: 'evt_1',
  messageId: 'evt_1',
  type: 'user_created',
  timestamp: '2026-11-24T10:00:00Z',
  body: Buffer.from('{"username":"jdoe"}'),
  username: 'jdoe',
  trace: null,
  source: null,
};
const NOW = 1_764_000_000_999;

function built(webhook: Webhook, event: EventToDeliver): PreparedRequest {
  const request = new RequestBuilder('user-webhooks/1.2.3', 15_000).build(webhook, event, NOW);
  if (request instanceof TransportFailure) throw request;
  return request;
}

function headersOf(webhook: Webhook, event: EventToDeliver): Record<string, string> {
  const { headers } = built(webhook, event);
  const pairs: [string, string][] = [];
  for (let at = 0; at < headers.length; at += 2) pairs.push([headers[at] ?? '', headers[at + 1] ?? '']);
  return Object.fromEntries(pairs);
}

describe('RequestBuilder', () => {
  it('asks a host whose name ends in a dot without it, as certificates and many receivers know it', () => {
    const dotted = sampleWebhook({ url: 'https://hooks.example.com.:8443/users' });
    expect(built(dotted, EVENT).origin).toBe('https://hooks.example.com:8443');
  });

  it('sends the user as body, with the documented headers and no others', () => {
    const request = built(WEBHOOK, EVENT);
    expect(request).toMatchObject({
      origin: 'https://hooks.example.com:8443',
      path: '/users?tenant=a%20b',
      method: 'GET',
      timeoutMs: 15_000,
    });
    expect(request.body).toBe(EVENT.body);
    expect(headersOf(WEBHOOK, EVENT)).toEqual({
      'Content-Type': 'application/json',
      'User-Agent': 'user-webhooks/1.2.3',
      'X-Defguard-Event': 'user_created',
      'webhook-id': 'evt_1',
      'webhook-timestamp': '1764000000',
      'webhook-signature': new Verifier(WEBHOOK.signingSecrets[0].secret).sign(
        'evt_1',
        new Date(NOW),
        '{"username":"jdoe"}',
      ),
    });
  });

  it('sends the secret token, custom headers and the trace where there are any', () => {
    const webhook: Webhook = {
      ...WEBHOOK,
      secretToken: 's3cret',
      headers: { 'X-Tenant': 'acme' },
      timeoutMs: 900,
    };
    const trace = { traceparent: '00-a-b-01', tracestate: 'v=1' };
    expect(headersOf(webhook, { ...EVENT, trace })).toMatchObject({
      Authorization: 'Bearer s3cret',
      'X-Tenant': 'acme',
      traceparent: '00-a-b-01',
      tracestate: 'v=1',
    });
    expect(built(webhook, EVENT).timeoutMs).toBe(900);
  });

  it('builds nothing for a URL that cannot be read, rather than fail', () => {
    const webhook = sampleWebhook({ url: 'not a url' });
    expect(() => built(webhook, EVENT)).toThrow('the URL of the webhook cannot be read');
  });

  it.each([
    ['the secret token', { secretToken: 'a\r\nX-Smuggled: b' }],
    ['a value', { headers: { 'X-A': 'a\nb' } }],
    ['a value with NUL', { headers: { 'X-A': 'a\0' } }],
    ['a value beyond ASCII', { headers: { 'X-A': 'ü' } }],
    ['a name', { headers: { 'X-A: 1\r\nX-B': 'x' } }],
    ['an empty name', { headers: { '': 'x' } }],
  ])('builds nothing that could split a request, were it in the database: %s', (_what, values) => {
    expect(() => built(sampleWebhook(values), EVENT)).toThrow('characters that no header may have');
  });
});
