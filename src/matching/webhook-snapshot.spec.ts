import { describe, expect, it } from 'vitest';
import { sampleWebhook } from '../../test/support/sample-webhook.ts';
import { WebhookSnapshot } from './webhook-snapshot.ts';

describe('WebhookSnapshot', () => {
  const snapshot = new WebhookSnapshot([
    sampleWebhook({ id: 'a' }),
    sampleWebhook({ id: 'b', triggers: ['user_deleted', 'user_created'] }),
    sampleWebhook({ id: 'off', enabled: false }),
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
