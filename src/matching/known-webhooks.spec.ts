import { describe, expect, it } from 'vitest';
import { sampleWebhook } from '../../test/support/sample-webhook.ts';
import type { UnusableWebhook, Webhook } from '../model/webhook.ts';
import type { LoadedWebhook } from '../webhooks/webhook-loader.ts';
import { KnownWebhooks } from './known-webhooks.ts';

function usable(id: string, stamp: string, values: Partial<Webhook> = {}): LoadedWebhook {
  return { id, stamp, behindOn: [], loaded: sampleWebhook({ id, ...values }) };
}

function broken(id: string, stamp: string, why = 'no key'): LoadedWebhook & { loaded: UnusableWebhook } {
  const { triggers, ordering } = sampleWebhook({ id });
  return { id, stamp, behindOn: [], loaded: { id, triggers, ordering, fault: new Error(why) } };
}

function knowing(...changed: LoadedWebhook[]): KnownWebhooks {
  const known = new KnownWebhooks();
  known.take({ changed, gone: [] });
  return known;
}

describe('the fingerprint', () => {
  it('is number and sum of the stamps of now, disabled webhooks too', () => {
    const known = knowing(
      usable('a', '9223372036854775807'),
      { id: 'off', stamp: '-5', loaded: null, behindOn: [] },
      broken('b', '3'),
    );
    expect(known.fingerprint).toBe('3:9223372036854775805');
    known.take({ changed: [usable('b', '-1')], gone: ['a'] });
    expect(known.fingerprint).toBe('2:-6');
    known.take({ changed: [], gone: ['off', 'b', 'never there'] });
    expect(known.fingerprint).toBe('0:0');
  });
});

describe('news of a webhook', () => {
  it('that is what it was leaves the very object, and tells of no change', () => {
    const known = knowing(usable('a', '1'));
    const before = known.index.find('a');
    expect(known.take({ changed: [usable('a', '2')], gone: [] }).changes).toEqual([]);
    expect(known.index.find('a')).toBe(before);
    expect(known.stamps.get('a')).toBe('2');
  });

  it('that is broken leaves it as it was, and is told once for each fault', () => {
    const known = knowing(usable('a', '1', { url: 'https://a.example/' }));
    const one = broken('a', '2');
    expect(known.take({ changed: [one], gone: [] })).toEqual({ changes: [], broken: [one.loaded] });
    expect(known.take({ changed: [broken('a', '3')], gone: [] }).broken).toEqual([]);
    expect(known.take({ changed: [broken('a', '4', 'another')], gone: [] }).broken).toHaveLength(1);
    expect(known.index.find('a')?.url).toBe('https://a.example/');
    expect([...known.unusable.keys()]).toEqual(['a']);
    known.take({ changed: [usable('a', '5')], gone: [] });
    expect([...known.unusable.keys()]).toEqual([]);
  });

  it('that never was usable is a change once it is, or is gone', () => {
    const known = knowing(broken('a', '1'), broken('b', '1'));
    const { loaded: webhook } = usable('a', '2');
    const { changes } = known.take({
      changed: [{ id: 'a', stamp: '2', loaded: webhook, behindOn: [] }],
      gone: ['b'],
    });
    expect(changes).toEqual([
      { id: 'b', before: null, after: null, behindOn: [] },
      { id: 'a', before: null, after: webhook, behindOn: [] },
    ]);
    expect([...known.unusable.keys()]).toEqual([]);
  });

  it('that was disabled and stays so is no change', () => {
    const known = knowing({ id: 'off', stamp: '1', loaded: null, behindOn: [] });
    expect(
      known.take({ changed: [{ id: 'off', stamp: '2', loaded: null, behindOn: [] }], gone: [] }).changes,
    ).toEqual([]);
  });
});
