import { describe, expect, it } from 'vitest';
import { sampleWebhook } from '../../test/support/sample-webhook.ts';
import type { UnusableWebhook, Webhook } from '../model/webhook.ts';
import { WebhookIndex } from './webhook-index.ts';

const by = (entries: readonly (Webhook | UnusableWebhook)[]): Map<string, Webhook | UnusableWebhook> =>
  new Map(entries.map((entry) => [entry.id, entry]));

function indexOf(...entries: (Webhook | UnusableWebhook)[]): WebhookIndex {
  const index = new WebhookIndex();
  index.replace(by(entries));
  return index;
}

function unusable(id: string): UnusableWebhook {
  const { triggers, ordering } = sampleWebhook({ id });
  return { id, triggers, ordering, fault: new Error('its secrets cannot be decrypted') };
}

describe('WebhookIndex', () => {
  const index = indexOf(
    sampleWebhook({ id: 'a' }),
    sampleWebhook({ id: 'b', triggers: ['user_deleted', 'user_created'] }),
    sampleWebhook({ id: 'off' }),
  );
  index.replace(new Map([['off', null]]));

  it('matches enabled webhooks by trigger', () => {
    expect(index.match('user_created').map(({ id }) => id)).toEqual(['a', 'b']);
    expect(index.match('user_deleted').map(({ id }) => id)).toEqual(['b']);
    expect(index.match('user_keys')).toEqual([]);
  });

  it('finds a webhook by id while it is enabled', () => {
    expect(index.find('a')?.id).toBe('a');
    expect(index.find('off')).toBeNull();
    expect(index.size).toBe(2);
  });

  it('skips no event of an unusable webhook, and finds none to send it to', () => {
    const partly = indexOf(sampleWebhook({ id: 'a' }), unusable('broken'));
    expect(partly.match('user_created').map((webhook) => webhook.id)).toEqual(['a', 'broken']);
    expect(['a', 'broken', 'off'].map((each) => partly.isEnabled(each))).toEqual([true, true, false]);
    expect(partly.find('broken')).toBeNull();
  });
});

describe('a change', () => {
  const webhooks = ['a', 'b', 'c'].map((id) => sampleWebhook({ id }));

  it('keeps the place of the webhook, and the others as they are', () => {
    const index = indexOf(...webhooks);
    const changed = sampleWebhook({ id: 'b', url: 'https://new.example/' });
    index.replace(by([changed]));
    expect(index.match('user_created')).toEqual([webhooks[0], changed, webhooks[2]]);
    expect(index.match('user_created')[0]).toBe(webhooks[0]);
    expect(index.find('b')).toBe(changed);
  });

  it('leaves a list that was handed out, and those of other triggers, as they were', () => {
    const index = indexOf(...webhooks, sampleWebhook({ id: 'd', triggers: ['user_keys'] }));
    const [created, keys] = [index.match('user_created'), index.match('user_keys')];
    index.replace(new Map([['a', null]]));
    expect(created.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(index.match('user_created').map(({ id }) => id)).toEqual(['b', 'c']);
    expect(index.match('user_keys')).toBe(keys);
  });

  it('moves a webhook between triggers, and between usable and not', () => {
    const index = indexOf(...webhooks);
    index.replace(by([sampleWebhook({ id: 'a', triggers: ['user_keys'] }), unusable('b')]));
    expect(index.match('user_created').map(({ id }) => id)).toEqual(['b', 'c']);
    expect(index.match('user_keys').map(({ id }) => id)).toEqual(['a']);
    expect([index.find('b'), index.isEnabled('b'), index.size]).toEqual([null, true, 2]);
    index.replace(by([sampleWebhook({ id: 'b' })]));
    expect([index.find('b')?.id, index.size]).toEqual(['b', 3]);
    index.replace(new Map([['b', null]]));
    expect([index.find('b'), index.isEnabled('b')]).toEqual([null, false]);
  });
});
