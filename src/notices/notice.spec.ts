import { describe, expect, it } from 'vitest';
import { structured } from './cloud-event.ts';
import {
  deadLetters,
  deliveryExhausted,
  noticeSchema,
  webhookDisabled,
  webhookFailing,
  webhookRecovered,
  type Notice,
} from './notice.ts';

const WEBHOOK = {
  id: '019ab000-0000-7000-8000-000000000001',
  url: 'https://user:pass@hooks.example.com/users?key=s3cret',
  description: 'CRM',
};
const SINCE = new Date('2026-11-27T06:00:00.000Z');
const NOW = Date.parse('2026-11-27T06:01:00.000Z');
const EXHAUSTED = {
  delivery_id: '5f74c4d2-c983-51bd-829d-e5d24342e4dc',
  event_id: 'evt_1',
  event_type: 'user_created',
  attempts: 10,
  status_code: 503,
  error_code: 'http_status',
} as const;
const PLACE = { topic: 'user-events', partition: 3, offset: '42', reason: 'invalid_json' };

const ALL: [string, Notice][] = [
  ['webhook_failing', webhookFailing(WEBHOOK, SINCE, NOW)],
  ['webhook_recovered', webhookRecovered(WEBHOOK, SINCE, NOW)],
  ['webhook_disabled', webhookDisabled(WEBHOOK, 'The receiver answered 410 Gone', SINCE, NOW)],
  ['delivery_exhausted', deliveryExhausted(WEBHOOK, { since: NOW, count: 7, items: [EXHAUSTED] }, NOW)],
  ['dead_letter', deadLetters({ since: NOW, count: 1, items: [PLACE] }, NOW)],
];

describe.each(ALL)('%s', (type, notice) => {
  it('is as the schema says, without a secret', () => {
    expect(noticeSchema.parse(notice)).toEqual(notice);
    expect(notice.type).toBe(type);
    expect(JSON.stringify(notice)).not.toMatch(/s3cret|pass/);
  });

  it('is a CloudEvent', () => {
    expect(structured(notice)).toEqual({
      specversion: '1.0',
      id: notice.id,
      source: '/user-webhooks',
      type: `webhook.notice.${type}`,
      ...(notice.webhook_id !== null && { subject: WEBHOOK.id }),
      time: '2026-11-27T06:01:00.000Z',
      datacontenttype: 'application/json',
      data: notice,
    });
  });
});

it('the same thing has one id, whoever says it and when, and other things have others', () => {
  expect(webhookFailing(WEBHOOK, SINCE, NOW + 5_000).id).toBe(webhookFailing(WEBHOOK, SINCE, NOW).id);
  expect(new Set(ALL.map(([, { id }]) => id)).size).toBe(ALL.length);
  const later = webhookFailing(WEBHOOK, new Date('2026-11-27T07:00:00.000Z'), NOW);
  expect(later.id).not.toBe(webhookFailing(WEBHOOK, SINCE, NOW).id);
});

it('a sentence says it for people', () => {
  expect(ALL.map(([, { message }]) => message)).toEqual([
    'The webhook https://hooks.example.com/users?key=*** is failing: every attempt has failed since 2026-11-27T06:00:00.000Z',
    'The webhook https://hooks.example.com/users?key=*** takes deliveries again, after it had only failed since 2026-11-27T06:00:00.000Z',
    'The webhook https://hooks.example.com/users?key=*** is disabled. The receiver answered 410 Gone',
    '7 deliveries of the webhook https://hooks.example.com/users?key=*** were given up',
    'A record of the events topic was dead-lettered (invalid_json)',
  ]);
});
