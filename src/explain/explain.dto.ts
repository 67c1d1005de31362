/** The body and the answers of `/explain`, and a request as it is shown, as zod schemas. */
import { z } from 'zod';
import { DEAD_LETTER_REASONS, type DeadLetterReason } from '../intake/undecodable.ts';
import { because, fault } from '../model/field-fault.ts';
import { TRIGGERS } from '../model/trigger.ts';
import { METHODS } from '../model/webhook.ts';
import { componentSchemas, type JsonSchema } from '../rest/json-schema.ts';
import { WHY, type Why } from './why.ts';

const OFFSET = /^[0-9]{1,15}$/;
const NOT_AN_OFFSET = 'must be an offset as text, such as "1234"';

const place = {
  partition: z
    .int('must be a whole number')
    .min(0, 'must not be negative')
    .max(2_147_483_647, 'is none of Kafka'),
  offset: z
    .string(NOT_AN_OFFSET)
    .refine((text) => OFFSET.test(text), because(fault('not_an_offset', NOT_AN_OFFSET)))
    .meta({ pattern: OFFSET.source }),
};

/** An event, or the place of one. */
export const explainInput = z
  .strictObject(
    {
      event: z.unknown().optional().meta({
        description: 'The value of a record of the events topic: a native event, or a structured CloudEvent',
      }),
      partition: place.partition.optional().meta({ description: 'Of the events topic, with `offset`' }),
      offset: place.offset.optional(),
    },
    'must be a JSON object',
  )
  .superRefine(({ event, partition, offset }, context) => {
    const isPlace = partition !== undefined && offset !== undefined;
    const neither = partition === undefined && offset === undefined;
    if (event === undefined ? isPlace : neither) return;
    const neitherOrBoth = fault('event_or_place', 'must have either event, or partition and offset');
    context.addIssue({ code: 'custom', ...because(neitherOrBoth) });
  })
  .transform(({ event, partition, offset }) =>
    partition === undefined || offset === undefined
      ? { event }
      : { place: { partition, offset: Number(offset) } },
  );

const time = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' });

const requestView = z
  .strictObject({
    method: z.enum(METHODS),
    url: z.string().meta({ description: 'With query values and keys in the path masked (`***`)' }),
    headers: z.record(z.string(), z.string()).meta({
      description:
        'Those of the service and of the webhook; secrets, signatures and custom values are masked',
    }),
    body: z.string().meta({ description: 'Exactly as it is sent' }),
  })
  .meta({ description: 'What would be sent now' });

const requestMissing = z.strictObject({
  code: z
    .enum(['event_expired', 'webhook_deleted', 'secrets_unreadable', 'not_sendable', 'log_unavailable'])
    .meta({
      description:
        '`event_expired`: neither a row nor the log has its event any more. `not_sendable`: the URL or a header of the webhook is such as no request can have.',
    }),
  log_begins_at: time
    .nullable()
    .meta({ description: 'With `event_expired`: since when its partition of the log has records' }),
});
export type RequestMissing = z.output<typeof requestMissing>;

/** The members that a delivery has for its request. */
export const deliveryRequest = {
  request: requestView.nullable(),
  request_missing: requestMissing.nullable(),
};
export interface DeliveryRequestView {
  readonly request: z.output<typeof requestView> | null;
  readonly request_missing: RequestMissing | null;
}

const explainedWebhook = z.strictObject({
  id: z.string().meta({ format: 'uuid' }),
  url: z.string(),
  description: z.string(),
  matches: z.boolean().meta({ description: 'Whether it gets the event, now or later' }),
  why: z.enum(Object.keys(WHY) as [Why, ...Why[]]).meta({
    description: Object.entries(WHY)
      .map(([why, meaning]) => `\`${why}\`: ${meaning}.`)
      .join(' '),
  }),
  request: requestView.nullable().meta({
    description: 'null where it does not match, where no request can be made, and from 8 MiB of bodies on',
  }),
});
export type ExplainedWebhook = z.output<typeof explainedWebhook>;

export const explanation = z.strictObject({
  event: z
    .strictObject({
      id: z.string(),
      type: z.enum(TRIGGERS),
      timestamp: z.string().meta({ description: 'RFC 3339, as its producer wrote it' }),
      username: z.string(),
      source: z
        .strictObject({
          topic: z.string(),
          partition: z.int(),
          offset: z.string(),
          recorded_at: time.nullable(),
        })
        .nullable()
        .meta({ description: 'Its place; null for an event of the body' }),
    })
    .nullable()
    .meta({ description: 'null: it cannot be read as an event' }),
  fault: z
    .strictObject({
      reason: z.enum(Object.keys(DEAD_LETTER_REASONS) as [DeadLetterReason, ...DeadLetterReason[]]),
      message: z.string(),
    })
    .nullable()
    .meta({ description: 'Why it becomes a dead letter; null: it does not' }),
  webhooks: z.array(explainedWebhook).meta({ description: 'All, in the order of their creation' }),
});
export type Explanation = z.output<typeof explanation>;

export function explainComponents(): Record<string, JsonSchema> {
  return {
    ...componentSchemas({ ExplainInput: explainInput }, 'input'),
    ...componentSchemas(
      { Explanation: explanation, Request: requestView, RequestMissing: requestMissing },
      'output',
    ),
  };
}
