/** Values for tests that need any settings, webhook or event, with everything set that shows in a request. */
import type { UserEvent } from '../../src/model/event.ts';
import { sampleWebhook } from '../support/sample-webhook.ts';

export const REQUIRED_SETTINGS = {
  KAFKA_BROKERS: '127.0.0.1:9092',
  DATABASE_URL: 'postgres://user:password@127.0.0.1:5432/database',
  SECRETS_KEY: Buffer.alloc(32, 1).toString('base64'),
  ADMIN_TOKEN: 'at-least-16-characters',
};

export const ANY_WEBHOOK = sampleWebhook({ secretToken: 'secret' });

export const ANY_EVENT = {
  id: 'evt_1',
  messageId: 'evt_1',
  type: 'user_created',
  body: Buffer.from('{}'),
  trace: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=b' },
} as UserEvent;
