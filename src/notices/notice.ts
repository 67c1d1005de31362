/**
 * What operators are told without asking: a webhook changed its state, deliveries were given up, records became dead
 * letters. Pure. The JSON Schema in `docs/schemas/` is made from this.
 *
 * A notice never holds a secret, data of a user, or the answer of a receiver. Its id is made from its subject. So a
 * notice that is sent twice has the same id.
 */
import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '../model/attempt.ts';
import { uuidv5 } from '../model/delivery.ts';
import type { EventSource } from '../model/event.ts';
import { maskedUrl } from '../model/webhook-url.ts';

/** What each type of notice says. */
export const NOTICE_TYPES = {
  webhook_failing:
    'Every attempt for the webhook has failed since `since`, for at least `NOTICES_FAILING_AFTER`',
  webhook_recovered: 'A webhook that was said to be failing has taken a delivery',
  webhook_disabled:
    'The service has disabled the webhook: it answered 410, or it has only failed for 5 days and a delivery was given up',
  delivery_exhausted: 'Deliveries of the webhook were given up: no other attempt is made',
  dead_letter: 'Records of the events topic are not a readable event. They are on the dead-letter topic',
} as const;

export type NoticeType = keyof typeof NOTICE_TYPES;

/** So many of the summed-up deliveries or records are named. */
export const NAMED_AT_MOST = 10;
/** A producer's texts may have any length. */
const MAX_CHARACTERS = 256;

const exhaustedSchema = z.object({
  delivery_id: z.uuid().describe('The delivery'),
  event_id: z.string().describe("Its event's id, at most 256 characters of it"),
  event_type: z.string().describe('The trigger'),
  attempts: z.int().min(1).describe('How many attempts were made'),
  status_code: z.int().nullable().describe('Status of the last answer; null without one'),
  error_code: z
    .enum(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]])
    .nullable()
    .describe('What was wrong last, as in results'),
});

const deadLetterSchema = z.object({
  topic: z.string().describe('The events topic'),
  partition: z.int().describe('Its partition'),
  offset: z.string().describe('The offset of the record, as text'),
  reason: z.string().describe('`dlq.reason` of the dead letter'),
});

export const noticeSchema = z.object({
  id: z.uuid().describe('Of this notice. The same thing said twice has the same id'),
  type: z.enum(Object.keys(NOTICE_TYPES) as [NoticeType, ...NoticeType[]]).describe('What happened'),
  time: z.iso.datetime().describe('When it was said'),
  message: z.string().describe('The same in one sentence, for people'),
  webhook_id: z.uuid().nullable().describe('The webhook; null for dead letters'),
  webhook_url: z.string().nullable().describe('Its URL, with query values and keys in the path masked (***)'),
  webhook_description: z
    .string()
    .nullable()
    .describe('Its description; null also where `type` is `delivery_exhausted`'),
  since: z.iso
    .datetime()
    .nullable()
    .describe(
      'Since when every attempt has failed, or when the first of what is counted happened; else null',
    ),
  reason: z
    .string()
    .nullable()
    .describe('Why the webhook was disabled, as `disabled_reason` in REST; else null'),
  count: z
    .int()
    .min(1)
    .describe('How many deliveries or records this notice is about; 1 for all other types'),
  deliveries: z
    .array(exhaustedSchema)
    .max(NAMED_AT_MOST)
    .describe('The deliveries that were given up, the first 10 of them'),
  dead_letters: z
    .array(deadLetterSchema)
    .max(NAMED_AT_MOST)
    .describe('The records that were dead-lettered, the first 10 of them'),
});

export type Notice = z.output<typeof noticeSchema>;
export type ExhaustedDelivery = Notice['deliveries'][number];
export type DeadLetterPlace = Notice['dead_letters'][number];

/** A webhook as a notice names it. */
export interface NoticedWebhook {
  readonly id: string;
  readonly url: string;
  /** Missing in the pipeline, which does not load what is only for people. */
  readonly description?: string;
}

export function exhaustedDelivery(values: ExhaustedDelivery): ExhaustedDelivery {
  return { ...values, event_id: values.event_id.slice(0, MAX_CHARACTERS) };
}

export function deadLetterPlace(source: EventSource, reason: string): DeadLetterPlace {
  const { topic, partition, offset } = source;
  return { topic, partition, offset, reason };
}

/** Several things of one kind, in one notice. */
export interface Sum<Item> {
  /** Milliseconds since the epoch: when the first of them happened. */
  readonly since: number;
  readonly count: number;
  /** The first of them. */
  readonly items: readonly Item[];
}

export function webhookFailing(webhook: NoticedWebhook, since: Date, now: number): Notice {
  const message = `The webhook ${maskedUrl(webhook.url)} is failing: every attempt has failed since ${since.toISOString()}`;
  return notice(
    'webhook_failing',
    now,
    message,
    { ...about(webhook), since: since.toISOString() },
    since.toISOString(),
  );
}

export function webhookRecovered(webhook: NoticedWebhook, since: Date, now: number): Notice {
  const message = `The webhook ${maskedUrl(webhook.url)} takes deliveries again, after it had only failed since ${since.toISOString()}`;
  return notice(
    'webhook_recovered',
    now,
    message,
    { ...about(webhook), since: since.toISOString() },
    since.toISOString(),
  );
}

export function webhookDisabled(webhook: NoticedWebhook, reason: string, at: Date, now: number): Notice {
  const message = `The webhook ${maskedUrl(webhook.url)} is disabled. ${reason}`;
  return notice('webhook_disabled', now, message, { ...about(webhook), reason }, at.toISOString());
}

export function deliveryExhausted(
  webhook: NoticedWebhook,
  { since, count, items }: Sum<ExhaustedDelivery>,
  now: number,
): Notice {
  const deliveries = count === 1 ? 'A delivery' : `${count} deliveries`;
  const message = `${deliveries} of the webhook ${maskedUrl(webhook.url)} ${count === 1 ? 'was' : 'were'} given up`;
  const members = { ...about(webhook), since: new Date(since).toISOString(), count, deliveries: [...items] };
  return notice('delivery_exhausted', now, message, members, items[0]?.delivery_id);
}

export function deadLetters({ since, count, items }: Sum<DeadLetterPlace>, now: number): Notice {
  const reasons = [...new Set(items.map(({ reason }) => reason))].join(', ');
  const records = count === 1 ? 'A record' : `${count} records`;
  const message = `${records} of the events topic ${count === 1 ? 'was' : 'were'} dead-lettered (${reasons})`;
  const [first] = items;
  const members = { since: new Date(since).toISOString(), count, dead_letters: [...items] };
  return notice(
    'dead_letter',
    now,
    message,
    members,
    [first?.topic, first?.partition, first?.offset].join(':'),
  );
}

/** @param what tells this notice from others of its type and webhook. */
function notice(
  type: NoticeType,
  now: number,
  message: string,
  members: Partial<Notice>,
  what: string | undefined,
): Notice {
  return {
    id: uuidv5(JSON.stringify(['notice', type, members.webhook_id ?? null, what])),
    type,
    time: new Date(now).toISOString(),
    message,
    webhook_id: null,
    webhook_url: null,
    webhook_description: null,
    since: null,
    reason: null,
    count: 1,
    deliveries: [],
    dead_letters: [],
    ...members,
  };
}

function about({ id, url, description }: NoticedWebhook): Partial<Notice> {
  return { webhook_id: id, webhook_url: maskedUrl(url), webhook_description: description ?? null };
}
