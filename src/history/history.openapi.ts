/** What the OpenAPI document says about the routes of the history: one decorator per route. */
import { ApiParam, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { ERROR_CODES } from '../model/attempt.ts';
import { TRIGGERS } from '../model/trigger.ts';
import { json, operation, problems } from '../rest/guarded-route.openapi.ts';
import { paging, parameter, severalOf, TIME } from '../rest/list.openapi.ts';
import { componentSchemas, type JsonSchema } from '../rest/json-schema.ts';
import { deliveryDetail, deliveryPage, deliveryView, STATUSES } from './delivery.dto.ts';
import { lagView } from './lag.dto.ts';
import { CURSOR_PATTERN } from './place.ts';
import {
  HOURS_SCHEMA,
  minuteStatsView,
  statsView,
  WEBHOOKS_AT_MOST,
  webhooksStatsView,
} from './stats.dto.ts';

const UUID = { type: 'string' as const, format: 'uuid' };
const TEXT = { type: 'string' as const, minLength: 1 };

const id = (description: string): MethodDecorator => ApiParam({ name: 'id', description, schema: UUID });

const hours = (): MethodDecorator => parameter('hours', HOURS_SCHEMA, 'How many hours, this one included');

export const Describe = {
  list: (): MethodDecorator =>
    operation(
      'listDeliveries',
      'Deliveries, newest first, each in its latest state; those that wait too, with why',
      parameter('webhook_id', UUID),
      severalOf('status', STATUSES),
      parameter('trigger', { type: 'string', enum: [...TRIGGERS] }),
      parameter('username', TEXT, 'The whole user name'),
      parameter('event_id', TEXT),
      parameter('error_code', { type: 'string', enum: Object.keys(ERROR_CODES) }, 'Of the latest attempt'),
      parameter('status_code', { type: 'integer', minimum: 100, maximum: 999 }, 'Of the latest attempt'),
      parameter('since', TIME, 'Created at this moment or later'),
      parameter('until', TIME, 'Created before this moment'),
      ...paging(CURSOR_PATTERN),
      ApiResponse({
        status: 200,
        description: 'What was found within half a second, and how far it was searched',
        content: json('DeliveryPage'),
      }),
      ...problems('validation_failed', 'role_not_running'),
    ),
  read: (): MethodDecorator =>
    operation(
      'readDelivery',
      'One delivery, with its attempts and what the next one would send',
      id('Id of the delivery'),
      ApiResponse({ status: 200, description: 'The delivery', content: json('DeliveryDetail') }),
      ...problems('not_found', 'role_not_running'),
    ),
  stats: (): MethodDecorator =>
    operation(
      'readStats',
      'Attempts of all webhooks by hour, and what waits now',
      hours(),
      ApiResponse({ status: 200, description: 'The statistics', content: json('Stats') }),
      ...problems('validation_failed', 'role_not_running'),
    ),
  statsOfEach: (): MethodDecorator =>
    operation(
      'readStatsOfEach',
      'Attempts of each of several webhooks by hour and outcome',
      ApiQuery({
        name: 'webhook_id',
        required: true,
        explode: false,
        schema: { type: 'array', items: UUID, minItems: 1, maxItems: WEBHOOKS_AT_MOST },
        description: 'Separated by commas',
      }),
      hours(),
      ApiResponse({ status: 200, description: 'The statistics', content: json('WebhooksStats') }),
      ...problems('validation_failed', 'role_not_running'),
    ),
  statsOfMinutes: (): MethodDecorator =>
    operation(
      'readStatsOfMinutes',
      'Attempts of all webhooks by minute of the last hour',
      ApiResponse({ status: 200, description: 'The statistics', content: json('MinuteStats') }),
      ...problems('role_not_running'),
    ),
  lag: (): MethodDecorator =>
    operation(
      'readLag',
      'How far reading is behind what is written: events by partition, and the history',
      ApiResponse({ status: 200, description: 'As it was a few seconds ago', content: json('Lag') }),
      ...problems(),
    ),
  webhookStats: (): MethodDecorator =>
    operation(
      'readWebhookStats',
      'Attempts of one webhook by hour, and what waits for it now',
      id('Id of the webhook'),
      hours(),
      ApiResponse({ status: 200, description: 'The statistics', content: json('Stats') }),
      ...problems('validation_failed', 'not_found', 'role_not_running'),
    ),
  erase: (): MethodDecorator =>
    operation(
      'eraseUserHistory',
      'Take a user out of the history, and out of what was given up; for admins only',
      ApiParam({ name: 'username', schema: TEXT }),
      ApiResponse({ status: 204, description: 'Nothing of the user is left in it' }),
      ...problems('not_found', 'role_not_running'),
    ),
};

export function historyComponents(): Record<string, JsonSchema> {
  return componentSchemas(
    {
      Delivery: deliveryView,
      DeliveryPage: deliveryPage,
      DeliveryDetail: deliveryDetail,
      Stats: statsView,
      WebhooksStats: webhooksStatsView,
      MinuteStats: minuteStatsView,
      Lag: lagView,
    },
    'output',
  );
}
