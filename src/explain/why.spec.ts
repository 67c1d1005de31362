import { expect, it } from 'vitest';
import type { WebhookOutline } from '../webhooks/webhook-outlines.ts';
import { matches, whyOf } from './why.ts';

const MADE = new Date('2026-11-24T10:00:00Z');
const EARLIER = new Date('2026-11-24T09:59:59.999Z');
const WEBHOOK: WebhookOutline = {
  id: '019ab000-0000-7000-8000-000000000001',
  url: 'https://hooks.example.com/users',
  description: '',
  triggers: ['user_created'],
  enabled: true,
  paused: false,
  createdAt: MADE,
  startsFrom: null,
};

it.each([
  [{}, null, 'match', true],
  [{}, MADE, 'match', true],
  [{}, EARLIER, 'made_later', false],
  [{ paused: true }, EARLIER, 'made_later', false],
  [{ paused: true }, null, 'paused', true],
  [{ startsFrom: EARLIER }, EARLIER, 'match', true],
  [{ startsFrom: EARLIER, paused: true }, EARLIER, 'paused', true],
  [{ startsFrom: MADE }, EARLIER, 'made_later', false],
  [{ startsFrom: new Date(MADE.getTime() + 1) }, MADE, 'match', true],
  [{ paused: true, enabled: false }, EARLIER, 'disabled', false],
  [{ triggers: ['user_keys' as const], enabled: false }, null, 'trigger_not_chosen', false],
])('a webhook with %j and an event of %s: %s', (values, recordedAt, why, gets) => {
  const found = whyOf({ ...WEBHOOK, ...values }, { type: 'user_created', recordedAt });
  expect([found, matches(found)]).toEqual([why, gets]);
});
