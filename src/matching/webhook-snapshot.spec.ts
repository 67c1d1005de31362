import { describe, expect, it } from 'vitest';
import type { Webhook } from '../model/webhook.ts';
import { WebhookSnapshot } from './webhook-snapshot.ts';

function webhook(id: string, values: Partial<Webhook> = {}): Webhook {
  return {
    id,
    url: `https://example.com/${id}`,
    secretToken: null,
    triggers: ['user_created'],
    enabled: true,
    method: 'POST',
    ordering: 'per_user',
    headers: {},
    timeoutMs: null,
    maxInFlight: null,
    rateLimitPerSecond: null,
    retryScheduleMs: null,
    ...values,
  };
}

describe('WebhookSnapshot', () => {
  const snapshot = new WebhookSnapshot([
    webhook('a'),
    webhook('b', { triggers: ['user_deleted', 'user_created'] }),
    webhook('off', { enabled: false }),
  ]);

  it('matches enabled webhooks by trigger', () => {
    expect(snapshot.match('user_created').map(({ id }) => id)).toEqual(['a', 'b']);
    expect(snapshot.match('user_deleted').map(({ id }) => id)).toEqual(['b']);
    expect(snapshot.match('user_keys')).toEqual([]);
  });

  it('finds a webhook by id while it is enabled', () => {
    expect(snapshot.find('a')?.id).toBe('a');
    expect(snapshot.find('off')).toBeNull();
    expect(snapshot.size).toBe(2);
  });
});
