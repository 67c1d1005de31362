/** The query for a list of deliveries, and what is shown of one, as zod schemas. The OpenAPI document is made of these. */
import { z } from 'zod';
import { attemptSchema, ERROR_CODES } from '../model/attempt.ts';
import { storableText } from '../model/storable-text.ts';
import { TRIGGERS } from '../model/trigger.ts';
import { deliveryRequest } from '../explain/explain.dto.ts';
import { fault } from '../model/field-fault.ts';
import { cursorLike, instant, limit, once, severalOf, textLike } from '../rest/list-query.ts';
import { CURSOR_PATTERN } from './place.ts';

export const STATUSES = ['delivered', 'pending', 'waiting', 'exhausted'] as const;
export type Status = (typeof STATUSES)[number];

const WAITING_REASONS = ['earlier_delivery', 'breaker', 'memory', 'paused', 'disabled', 'secrets'] as const;

const CODES = Object.keys(ERROR_CODES) as [keyof typeof ERROR_CODES, ...(keyof typeof ERROR_CODES)[]];

/** As it is in the tables. */
const storable = z.string(once).min(1, 'must not be empty').transform(storableText);

export const deliveriesQuery = z.strictObject({
  webhook_id: z.guid('must be a UUID, given once').optional(),
  status: severalOf(STATUSES).optional(),
  trigger: z.enum(TRIGGERS, `must be one of ${TRIGGERS.join(', ')}, given once`).optional(),
  username: storable.optional(),
  event_id: storable.optional(),
  error_code: z.enum(CODES, `must be one of ${CODES.join(', ')}, given once`).optional(),
  status_code: textLike(/^[1-9]\d\d$/, fault('not_a_status', 'must be an HTTP status'))
    .transform(Number)
    .optional(),
  since: instant,
  until: instant,
  limit,
  cursor: cursorLike(CURSOR_PATTERN),
});
export type DeliveriesQuery = z.output<typeof deliveriesQuery>;

const time = z.string().meta({ format: 'date-time' });
const uuid = z.string().meta({ format: 'uuid' });

const waitsFor = z.strictObject({
  reason: z.enum(WAITING_REASONS).meta({
    description:
      '`earlier_delivery`: one of the same user at the webhook; `breaker`: the endpoint fails; `memory`: too much was under way; `paused`, `disabled`: the webhook is; `secrets`: its secrets cannot be decrypted',
  }),
  delivery_id: uuid.optional().describe('The one directly before it in the order of its user'),
  until: time.optional().describe('When it is tried again at the earliest'),
});

export const deliveryView = z.strictObject({
  id: uuid.describe('The `delivery_id` of its attempts'),
  webhook_id: uuid,
  event_id: z.string(),
  event_type: z.enum(TRIGGERS),
  event_timestamp: z.string(),
  username: z.string().nullable(),
  status: z.enum(STATUSES),
  attempt_count: z.int().min(0).describe('Requests that were made'),
  created_at: time.describe('When its first attempt started, or it was stored'),
  last_attempt_at: time.nullable(),
  next_attempt_at: time.nullable(),
  waits_for: waitsFor.nullable().describe('Why it is not sent now'),
  status_code: z.int().nullable().describe('Of the latest attempt'),
  error_code: z.enum(CODES).nullable().describe('Of the latest attempt'),
  duration_ms: z.int().min(0).nullable().describe('Of the latest attempt'),
});
export type DeliveryView = z.output<typeof deliveryView>;

export const deliveryPage = z.strictObject({
  data: z.array(deliveryView),
  next_cursor: z.string().regex(CURSOR_PATTERN).nullable(),
  searched_back_to: time
    .nullable()
    .describe('All that was created since then is in this page or before it; null: everything was searched'),
});
export type DeliveryPage = z.output<typeof deliveryPage>;

export const deliveryDetail = z.strictObject({
  ...deliveryView.shape,
  attempts: z.array(attemptSchema).describe('The records of the results topic, oldest first'),
  ...deliveryRequest,
});
export type DeliveryDetail = z.output<typeof deliveryDetail>;
