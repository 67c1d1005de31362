/** A webhook that tests change only where it matters to them. */
import type { Webhook } from '../../src/model/webhook.ts';

export function sampleWebhook(values: Partial<Webhook> = {}): Webhook {
  return {
    id: '019ab000-0000-7000-8000-000000000001',
    url: 'https://hooks.example.com/users',
    secretToken: null,
    signingSecrets: [{ secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', expiresAt: null }],
    ed25519Key: null,
    triggers: ['user_created'],
    enabled: true,
    paused: false,
    method: 'POST',
    ordering: 'per_user',
    headers: {},
    caCertificates: null,
    timeoutMs: null,
    maxInFlight: null,
    rateLimitPerSecond: null,
    retryScheduleMs: null,
    ...values,
  };
}
