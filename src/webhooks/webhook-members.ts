/**
 * The members of a webhook that a caller sets, each with its rule and description. Where a rule is code, the `meta` beside
 * it says the same in JSON Schema. Lengths are counted in characters (code points), as in JSON Schema.
 */
import { z } from 'zod';
import { scheduleSchema } from '../config/duration.ts';
import type { AddressRule } from '../model/address-rule.ts';
import { because, fault } from '../model/field-fault.ts';
import { atLeast, atMost, isRfc3339 } from '../model/member-rules.ts';
import { TRIGGERS } from '../model/trigger.ts';
import { METHODS, ORDERINGS } from '../model/webhook.ts';
import { MAX_URL_LENGTH, URL_PATTERN, urlFault } from '../model/webhook-url.ts';
import {
  CA_CERTIFICATES_PATTERN,
  MAX_CA_CERTIFICATES_LENGTH,
  caCertificatesFault,
} from './ca-certificates.ts';
import {
  HEADER_NAME_SCHEMA,
  HEADER_VALUE_SCHEMA,
  MAX_HEADERS,
  REFUSED_HEADERS,
  headerFaults,
} from './custom-headers.ts';
import { MASK } from '../secrets/webhook-secrets.ts';

const SECRET_TOKEN = /^[!-~]*$/;

export const ONE_OF_TRIGGERS = `must be one of ${TRIGGERS.join(', ')}`;

/** The message says "is missing" for an absent member, and otherwise what it must be. */
const mustBe = (what: string) => ({
  error: (issue: { readonly input?: unknown }) =>
    issue.input === undefined ? 'is missing' : `must be ${what}`,
});

/** Text without control characters or broken surrogate pairs, so that neither PostgreSQL nor the log gets any. */
export function plainText(maxLength: number): z.ZodString {
  return z
    .string(mustBe('a string'))
    .refine(
      (text) => Array.from(text).length <= maxLength,
      because(fault('too_long', `must be at most ${maxLength} characters long`, { max: maxLength })),
    )
    .refine(
      (text) => !/[\p{Cc}\p{Cs}]/u.test(text),
      because(fault('control_characters', 'must not contain control characters')),
    )
    .meta({ maxLength, pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$' });
}

function limit(min: number, max: number): z.ZodNullable<z.ZodInt> {
  const message = `must be a whole number from ${min} to ${max}, or null`;
  return z.int({ error: message, abort: true }).min(min, message).max(max, message).nullable();
}

/** Where to deliver. */
export function urlMember(rule: AddressRule): z.ZodString {
  return z
    .string(mustBe('a string'))
    .superRefine((text, context) => {
      const found = urlFault(text, rule);
      if (found !== null) context.addIssue({ code: 'custom', ...because(found) });
    })
    .meta({
      maxLength: MAX_URL_LENGTH,
      pattern: URL_PATTERN.source,
      description:
        'Where to deliver: http or https, no user name or password, no fragment, and no private or reserved address outside `ALLOWED_SUBNETS`. Unique among all webhooks.',
      examples: ['https://hooks.example.com/users'],
    });
}

/** The other members that a caller may set, without their defaults. */
export const MEMBERS = {
  description: plainText(500).meta({ description: 'For people', examples: ['Provision mailboxes'] }),
  secret_token: z
    .string(mustBe('a string or null'))
    .check(atMost(1024, 'must be at most 1024 characters long'))
    .refine(
      (text) => SECRET_TOKEN.test(text),
      because(fault('not_ascii', 'must consist of visible ASCII characters without spaces')),
    )
    .meta({ pattern: SECRET_TOKEN.source })
    .nullable()
    .meta({
      writeOnly: true,
      description:
        'Sent as `Authorization: Bearer <token>`. It is never shown; `has_secret_token` says whether there is one. Left out of a PUT or PATCH, the stored one stays; null or "" removes it.',
    }),
  triggers: z
    .array(z.enum(TRIGGERS, ONE_OF_TRIGGERS), mustBe('a list of triggers'))
    .check(atLeast(1, 'must name at least one trigger'))
    .refine(
      (triggers) => new Set(triggers).size === triggers.length,
      because(fault('given_twice', 'must name each trigger once')),
    )
    .meta({
      uniqueItems: true,
      description: 'What is delivered',
      examples: [['user_created', 'user_deleted']],
    }),
  enabled: z.boolean('must be true or false').meta({ description: 'Whether anything is delivered' }),
  paused: z.boolean('must be true or false').meta({
    description:
      'Whether it is paused: nothing is sent, and its events wait in the log until it is not paused any more',
  }),
  start_from: z
    .union(
      [
        z.literal('now'),
        z.literal('earliest'),
        z.string().refine(isRfc3339, because(fault('not_a_time', 'must be a time'))),
      ],
      'must be now, earliest, or an RFC 3339 date and time, such as 2026-11-24T09:30:00Z',
    )
    .meta({
      writeOnly: true,
      description:
        'From when on it gets the events that the log has, when it is made or enabled: `now` (the default), `earliest`, or a time that has passed. First comes what lies in the log, in order, then what is live.',
      examples: ['earliest', '2026-11-24T09:30:00Z'],
    }),
  method: z
    .enum(METHODS, `must be one of ${METHODS.join(', ')}`)
    .meta({ description: 'HTTP method; most receivers want POST. The body is sent with GET too.' }),
  ed25519_signature: z.boolean('must be true or false').meta({
    description:
      'Sign each request with the Ed25519 key of the service (`v1a`) beside the signing secret of the webhook (`v1`). The public key is at `/.well-known/jwks.json`.',
  }),
  ordering: z.enum(ORDERINGS, `must be one of ${ORDERINGS.join(', ')}`).meta({
    description:
      '`per_user`: the events of one user arrive in order. `none`: deliveries do not wait for each other.',
  }),
  ca_certificates: z
    .string(mustBe('PEM text or null'))
    .superRefine((text, context) => {
      const found = caCertificatesFault(text);
      if (found !== null) context.addIssue({ code: 'custom', ...because(found) });
    })
    .meta({ maxLength: MAX_CA_CERTIFICATES_LENGTH, pattern: CA_CERTIFICATES_PATTERN.source })
    .nullable()
    .meta({
      description:
        "Certificates (PEM, one after another) of the authorities that are trusted when this webhook's `https` receiver shows its own, and no others; null: the public ones that Node.js knows",
    }),
  timeout_ms: limit(100, 300_000).meta({
    description: 'Milliseconds from connecting to the last byte; null: the `REQUEST_TIMEOUT` setting',
  }),
  max_in_flight: limit(1, 10_000).meta({
    description: 'Requests under way at once; null: the `MAX_IN_FLIGHT_PER_WEBHOOK` setting',
  }),
  rate_limit_per_second: limit(1, 100_000).meta({
    description: 'Requests started per second, at most, by each instance of the service; null: no limit',
  }),
  retry_schedule: scheduleSchema.nullable().meta({
    description:
      'Delays between the attempts of a delivery, such as `["5s", "5m", "2h"]`, each ±20 %; an empty list: one attempt only; null: the `RETRY_SCHEDULE` setting',
    examples: [['5s', '5m', '30m']],
  }),
};

const TOO_MANY_HEADERS = fault('too_many', `must have at most ${MAX_HEADERS} members`, { max: MAX_HEADERS });

function headers<Value extends z.ZodType<string | null>>(value: Value, valueSchema: object) {
  return z
    .record(z.string(), value, mustBe('an object of header names and values'))
    .superRefine((given, context) => {
      if (Object.keys(given).length > MAX_HEADERS)
        context.addIssue({ code: 'custom', ...because(TOO_MANY_HEADERS) });
      for (const { field, ...found } of headerFaults(given)) {
        context.addIssue({ code: 'custom', path: [field], ...because(found) });
      }
    })
    .meta({
      propertyNames: HEADER_NAME_SCHEMA,
      additionalProperties: valueSchema,
      maxProperties: MAX_HEADERS,
      description: `Sent with every delivery, at most ${MAX_HEADERS}. Names are case-insensitive. These are refused: ${REFUSED_HEADERS}. Values are never shown: each is read as \`${MASK}\`. Send \`${MASK}\` back to keep the stored value.`,
      examples: [{ 'X-Tenant': 'acme' }],
    });
}

export const HEADERS = headers(z.string('must be a string'), HEADER_VALUE_SCHEMA);
/** In a patch, null removes a header. */
export const HEADERS_PATCH = headers(z.string('must be a string or null').nullable(), {
  anyOf: [HEADER_VALUE_SCHEMA, { type: 'null' }],
});

/** Members of an answer that a caller cannot set. A body may contain them, so that an answer can be sent back whole. */
const ignored = z
  .unknown()
  .optional()
  .meta({ description: 'Ignored, so that the answer of a GET can be sent back' });
export const READ_ONLY = {
  id: ignored,
  has_secret_token: ignored,
  created_at: ignored,
  updated_at: ignored,
  status: ignored,
  failing_since: ignored,
  disabled_reason: ignored,
  disabled_code: ignored,
  disabled_at: ignored,
  pending_count: ignored,
  behind: ignored,
};
