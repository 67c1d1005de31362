/** The main job: from the events topic to a receiver and back to the results topic. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { Receiver } from '../support/receiver.ts';
import { Service } from '../support/service.ts';
import { Topics, userEvent } from '../support/topics.ts';

const TRIGGERS = ['user_created', 'user_modified', 'user_deleted', 'user_keys'] as const;

let database: TestDatabase;
let topics: Topics;
let receiver: Receiver;
let service: Service;
let attempts: Awaited<ReturnType<Topics['readAttempts']>>;

beforeAll(async () => {
  database = await createDatabase();
  topics = new Topics();
  receiver = await Receiver.start();
  service = await Service.start({ ...topics.environment, DATABASE_URL: database.url });
  attempts = await topics.readAttempts();
});

afterAll(async () => {
  await service.stop();
  await topics.close();
  await receiver.close();
  await database.drop();
});

describe('one event of each trigger', () => {
  it('arrives as documented, and each delivery is on the results topic', async () => {
    const webhookId = await service.createWebhook({
      url: receiver.url('/all?token=abc'),
      secret_token: 's3cret',
      method: 'POST',
    });
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const events = TRIGGERS.map((type) => userEvent('jdoe', { type, data: { employee: 17.5 } }));
    await topics.write(
      events.map((event) => ({ key: 'jdoe', value: JSON.stringify(event), headers: { traceparent } })),
    );

    await eventually(() => {
      expect(receiver.of('/all?token=abc')).toHaveLength(4);
      expect(attempts).toHaveLength(4);
    });
    const requests = receiver.of('/all?token=abc');
    expect(requests.map(({ headers }) => headers['x-defguard-event'])).toEqual(TRIGGERS);
    for (const [index, request] of requests.entries()) {
      const event = events[index];
      const body = event?.type === 'user_deleted' ? { username: 'jdoe' } : event?.data;
      expect(request.method).toBe('POST');
      expect(request.body).toBe(JSON.stringify(body));
      expect(request.headers).toMatchObject({
        'content-type': 'application/json',
        'content-length': String(request.body.length),
        authorization: 'Bearer s3cret',
        'webhook-id': event?.id,
        traceparent,
      });
      expect(request.headers['user-agent']).toMatch(/^user-webhooks\/\d+\.\d+\.\d+$/);
      expect(Math.abs(Number(request.headers['webhook-timestamp']) * 1000 - request.at)).toBeLessThan(60_000);
      expect(request.headers['accept-encoding']).toBeUndefined();
    }

    const schema = JSON.parse(readFileSync('docs/schemas/attempt.schema.json', 'utf8')) as object;
    const isAttempt = addFormats.default(new Ajv2020({ strict: false })).compile(schema);
    for (const [index, { attempt, message }] of attempts.entries()) {
      expect(isAttempt(attempt), JSON.stringify(isAttempt.errors)).toBe(true);
      expect(attempt).toMatchObject({
        event_id: events[index]?.id,
        event_type: events[index]?.type,
        webhook_id: webhookId,
        webhook_url: receiver.url('/all?token=***'),
        method: 'POST',
        attempt: 1,
        reason: 'event',
        outcome: 'delivered',
        status_code: 200,
        error_code: null,
        response_body: 'ok',
        next_attempt_at: null,
        source_topic: topics.events,
      });
      expect(message.key?.toString()).toBe(webhookId);
      const headers = Object.fromEntries(
        Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
      );
      expect(headers).toEqual({
        ce_specversion: '1.0',
        ce_id: attempt.id,
        ce_type: 'webhook.attempt.delivered',
        ce_source: '/user-webhooks',
        ce_time: attempt.started_at,
        'content-type': 'application/json',
        traceparent,
      });
    }
    await eventually(async () => {
      expect(await topics.committed()).toBe(4);
    });
  });
});
