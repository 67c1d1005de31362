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

  it('skips no event of an unusable webhook, and finds none to send it to', () => {
    const { id, triggers, ordering } = sampleWebhook({ id: 'broken' });
    const fault = new Error('its secrets cannot be decrypted');
    const partly = new WebhookSnapshot([sampleWebhook({ id: 'a' })], [{ id, triggers, ordering, fault }]);
    expect(partly.match('user_created').map((webhook) => webhook.id)).toEqual(['a', 'broken']);
    expect(['a', 'broken', 'off'].map((each) => partly.isEnabled(each))).toEqual([true, true, false]);
    expect(partly.find('broken')).toBeNull();
  });
});
