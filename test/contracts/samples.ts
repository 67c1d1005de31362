/** Values for tests that need any settings, webhook or event, with everything set that shows in a request. */
import type { UserEvent } from '../../src/model/event.ts';
import type { Webhook } from '../../src/model/webhook.ts';

export const REQUIRED_SETTINGS = {
  KAFKA_BROKERS: '127.0.0.1:9092',
  DATABASE_URL: 'postgres://user:password@127.0.0.1:5432/database',
  ADMIN_TOKEN: 'at-least-16-characters',
};

export const ANY_WEBHOOK = {
  id: '019ab000-0000-7000-8000-000000000001',
  url: 'https://hooks.example.com/users',
  secretToken: 'secret',
  method: 'POST',
  headers: {},
} as Webhook;

export const ANY_EVENT = {
  id: 'evt_1',
  type: 'user_created',
  body: Buffer.from('{}'),
  trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=b' },
} as UserEvent;
