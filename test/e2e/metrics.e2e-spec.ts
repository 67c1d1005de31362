/** What Prometheus would read of a running service: each kind of thing that can happen, and its number. */
import axios from 'axios';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { Scrape } from '../support/scrape.ts';
import type { Service } from '../support/service.ts';
import { Stage } from '../support/stage.ts';
import { userEvent } from '../support/topics.ts';

const EVENTS = 20;

let stage: Stage;
let service: Service;
let good: string;
let bad: string;

beforeAll(async () => {
  stage = await Stage.set({ METRICS_BY_WEBHOOK: 'true', RETRY_SCHEDULE: '1h', MAX_EVENT_BYTES: '1024' });
  service = await stage.startService();
  stage.receiver.answer = ({ path }, response) => {
    response.statusCode = path === '/bad' ? 503 : 200;
    response.end();
  };
  good = await service.createWebhook({ url: stage.receiver.url('/good') });
  bad = await service.createWebhook({ url: stage.receiver.url('/bad'), triggers: ['user_deleted'] });
  const long = new Date(Date.now() - 100_000).toISOString();
  await stage.topics.write([
    ...Array.from({ length: EVENTS }, (_, at) => ({
      key: `user-${at}`,
      value: JSON.stringify(userEvent(`user-${at}`, { timestamp: long })),
    })),
    { key: 'gone', value: JSON.stringify(userEvent('gone', { type: 'user_deleted' })) },
    { key: 'odd', value: 'no JSON' },
  ]);
  await eventually(async () => {
    expect(await stage.topics.committed()).toBe(EVENTS + 2);
  });
});

afterAll(async () => {
  await stage.strike();
});

describe('GET /metrics', () => {
  it('counts records, events, deliveries, dead letters and attempts', async () => {
    const scrape = await Scrape.of(service);
    expect(scrape.sum('messaging_client_consumed_messages_total')).toBe(EVENTS + 2);
    expect(scrape.value('user_webhooks_events_total', { trigger: 'user_created' })).toBe(EVENTS);
    expect(scrape.value('user_webhooks_deliveries_total', { trigger: 'user_deleted' })).toBe(2);
    expect(scrape.value('user_webhooks_dead_letters_total', { reason: 'invalid_json' })).toBe(1);
    const attempts = (outcome: string, error_code: string): number | undefined =>
      scrape.value('user_webhooks_attempts_total', { outcome, error_code, reason: 'event' });
    expect(attempts('delivered', '')).toBe(EVENTS + 1);
    expect(attempts('failed', 'http_status')).toBe(1);
    const sent = (topic: string): number | undefined =>
      scrape.value('messaging_client_sent_messages_total', { messaging_destination_name: topic });
    expect(sent(stage.topics.deliveries)).toBe(EVENTS + 2);
    expect(sent(stage.topics.deadLetters)).toBe(1);
  });

  it('measures requests and the way from event to arrival, which may take long', async () => {
    const scrape = await Scrape.of(service);
    const requests = (status: string): number | undefined =>
      scrape.value('http_client_request_duration_seconds_count', { http_response_status_code: status });
    expect([requests('200'), requests('503')]).toEqual([EVENTS + 1, 1]);
    const within = (le: string): number | undefined =>
      scrape.value('user_webhooks_event_to_arrival_seconds_bucket', { le });
    expect([within('60'), within('300'), within('+Inf')]).toEqual([1, EVENTS + 1, EVENTS + 1]);
    const used = (reused: string): number => scrape.value('user_webhooks_connections_total', { reused }) ?? 0;
    expect(used('true') + used('false')).toBe(EVENTS + 2);
    expect(used('false')).toBeGreaterThan(0);
  });

  it('says how things are: nothing behind, one delivery stored and not due', async () => {
    const scrape = await eventually(async () => {
      const now = await Scrape.of(service);
      expect(now.value('user_webhooks_stored_deliveries', { state: 'pending' })).toBe(1);
      expect(now.sum('user_webhooks_partition_offset', { position: 'log_end' })).toBe(EVENTS + 2);
      return now;
    }, 40_000);
    for (const position of ['received', 'finished', 'committed']) {
      expect(scrape.sum('user_webhooks_partition_lag', { position }), position).toBe(0);
      expect(scrape.sum('user_webhooks_partition_offset', { position }), position).toBe(EVENTS + 2);
    }
    expect(scrape.value('user_webhooks_oldest_due_seconds')).toBe(0);
    expect(scrape.value('user_webhooks_breakers', { state: 'closed' })).toBe(2);
    expect(scrape.sum('user_webhooks_up')).toBe(6);
    expect(scrape.value('user_webhooks_fetch_age_seconds')).toBeLessThan(10);
    expect(scrape.value('user_webhooks_group_joins_total')).toBe(1);
    for (const nothing of ['events_in_flight', 'deliveries_in_work', 'bytes_in_work', 'records_waiting']) {
      expect(scrape.value(`user_webhooks_${nothing}`), nothing).toBe(0);
    }
    expect(scrape.value('http_client_active_requests')).toBe(0);
    expect(scrape.sum('user_webhooks_publish_queue')).toBe(0);
  });

  it('names webhooks only where a setting asks for it, and forgets those that are deleted', async () => {
    const attempts = (scrape: Scrape, webhook_id: string): number | undefined =>
      scrape.value('user_webhooks_webhook_attempts_total', { webhook_id });
    expect(attempts(await Scrape.of(service), good)).toBe(EVENTS + 1);
    await service.rest().delete(`/webhooks/${bad}`);
    await eventually(async () => {
      expect(attempts(await Scrape.of(service), bad)).toBeUndefined();
    });
    const plain = await stage.startService({ METRICS_BY_WEBHOOK: 'false' });
    expect((await Scrape.of(plain)).text).not.toContain('webhook_id=');
    await plain.stop();
  });

  it('needs no token, asks nobody, and shares its answer among those who call at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => axios.get<string>(`${service.url}/metrics`)),
    );
    expect(answers[0]?.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(new Set(answers.map(({ data }) => data)).size).toBeLessThan(3);
  });

  it('says how far the history is, although events are limited to few bytes, and what is worked of the log', async () => {
    await eventually(async () => {
      const scrape = await Scrape.of(service);
      expect(scrape.sum('user_webhooks_history_lag')).toBe(0);
    });
    const scrape = await Scrape.of(service);
    expect(scrape.value('user_webhooks_history_days_ahead')).toBe(7);
    expect(scrape.value('user_webhooks_history_passed_over_total')).toBe(0);
    expect(scrape.sum('user_webhooks_cursors')).toBe(0);
    await service.rest().patch(`/webhooks/${good}`, { paused: true });
    await stage.topics.write([{ key: 'later', value: JSON.stringify(userEvent('later')) }]);
    await eventually(async () => {
      const now = await Scrape.of(service);
      expect(now.value('user_webhooks_cursors', { kind: 'paused' })).toBeGreaterThan(0);
      expect(now.value('user_webhooks_cursor_records_behind', { kind: 'paused' })).toBe(1);
      expect(now.value('user_webhooks_cursors', { kind: 'catch_up' })).toBe(0);
    });
  });
});
