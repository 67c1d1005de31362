/**
 * The bodies and answers of the REST API for webhooks, as zod schemas, and the conversion between them and rows. The OpenAPI
 * document is made from the same schemas (`webhook.schemas.ts`), so every limit is written once.
 */
import { z } from 'zod';
import { AddressRule } from '../model/address-rule.ts';
import { TRIGGERS } from '../model/trigger.ts';
import { METHODS, ORDERINGS } from '../model/webhook.ts';
import { CURSOR_PATTERN } from '../rest/cursor.ts';
import { cursorLike, limit, severalOf } from '../rest/list-query.ts';
import { normalUrl } from '../model/webhook-url.ts';
import {
  HEADERS,
  HEADERS_PATCH,
  MEMBERS,
  ONE_OF_TRIGGERS,
  plainText,
  READ_ONLY,
  urlMember,
} from './webhook-members.ts';
import { MASK, maskedHeaders } from '../secrets/webhook-secrets.ts';
import type { WebhookEntity } from './webhook.entity.ts';
import { toStartFrom, type StartFrom } from './start-from.ts';
import { STATUSES, type StatedWebhook } from './webhook-state.ts';
import type { WebhooksSettings } from './webhooks.settings.ts';

/** What a caller sets. If `secretToken` is undefined, the stored one is kept. */
export type WebhookValues = Omit<
  WebhookEntity,
  | 'id'
  | 'secretToken'
  | 'signingSecrets'
  | 'disabledReason'
  | 'disabledAt'
  | 'version'
  | 'createdAt'
  | 'updatedAt'
> & {
  secretToken: string | null | undefined;
  startFrom: StartFrom | undefined;
};

/** The bodies a caller sends. */
export class WebhookBodies {
  /** POST and PUT: a whole webhook. A member that is left out gets its default. */
  readonly input;
  /** PATCH (RFC 7396): the members that change. Null gives an optional member its default. */
  readonly patch;
  /** A whole webhook whose URL did not change. The URL is not checked again, because its rule may have changed since. */
  readonly inputAtStoredUrl;

  constructor(settings: WebhooksSettings) {
    const url = urlMember(new AddressRule(settings.ALLOWED_SUBNETS));
    const input = z.strictObject(
      {
        url,
        triggers: MEMBERS.triggers,
        secret_token: MEMBERS.secret_token.optional(),
        description: MEMBERS.description.default(''),
        enabled: MEMBERS.enabled.default(true),
        paused: MEMBERS.paused.default(false),
        start_from: MEMBERS.start_from.optional(),
        method: MEMBERS.method.default(settings.WEBHOOK_DEFAULT_METHOD),
        ordering: MEMBERS.ordering.default('per_user'),
        headers: HEADERS.default({}),
        ca_certificates: MEMBERS.ca_certificates.default(null),
        ed25519_signature: MEMBERS.ed25519_signature.default(false),
        timeout_ms: MEMBERS.timeout_ms.default(null),
        max_in_flight: MEMBERS.max_in_flight.default(null),
        rate_limit_per_second: MEMBERS.rate_limit_per_second.default(null),
        retry_schedule: MEMBERS.retry_schedule.default(null),
        ...READ_ONLY,
      },
      'must be a JSON object',
    );
    this.input = input.transform(toValues);
    this.inputAtStoredUrl = input
      .extend({ url: z.string() })
      .transform((values) => ({ ...toValues(values), url: values.url }));
    this.patch = z.strictObject(
      {
        url: url.optional(),
        triggers: MEMBERS.triggers.optional(),
        secret_token: MEMBERS.secret_token.optional(),
        description: MEMBERS.description.nullable().optional(),
        enabled: MEMBERS.enabled.nullable().optional(),
        paused: MEMBERS.paused.nullable().optional(),
        start_from: MEMBERS.start_from.optional(),
        method: MEMBERS.method.nullable().optional(),
        ordering: MEMBERS.ordering.nullable().optional(),
        headers: HEADERS_PATCH.nullable().optional(),
        ca_certificates: MEMBERS.ca_certificates.optional(),
        ed25519_signature: MEMBERS.ed25519_signature.nullable().optional(),
        timeout_ms: MEMBERS.timeout_ms.optional(),
        max_in_flight: MEMBERS.max_in_flight.optional(),
        rate_limit_per_second: MEMBERS.rate_limit_per_second.optional(),
        retry_schedule: MEMBERS.retry_schedule.optional(),
        ...READ_ONLY,
      },
      'must be a JSON object',
    );
  }
}

function toValues(
  input: WebhookDocument & { secret_token?: string | null | undefined; start_from?: string | undefined },
): WebhookValues {
  return {
    url: normalUrl(input.url),
    description: input.description,
    secretToken: input.secret_token === '' ? null : input.secret_token,
    triggers: input.triggers,
    enabled: input.enabled,
    paused: input.paused,
    startFrom: toStartFrom(input.start_from),
    method: input.method,
    ordering: input.ordering,
    headers: input.headers,
    caCertificates: input.ca_certificates,
    ed25519Signature: input.ed25519_signature,
    timeoutMs: input.timeout_ms,
    maxInFlight: input.max_in_flight,
    rateLimitPerSecond: input.rate_limit_per_second,
    retrySchedule: input.retry_schedule,
  };
}

/** The query of a list. All values arrive as text. */
export const listQuery = z.strictObject({
  search: plainText(200).optional().meta({ description: 'Part of the URL or the description, in any case' }),
  enabled: z.enum(['true', 'false'], 'must be true or false, given once').optional(),
  status: severalOf(STATUSES).optional(),
  trigger: z.enum(TRIGGERS, `${ONE_OF_TRIGGERS}, given once`).optional(),
  limit,
  cursor: cursorLike(CURSOR_PATTERN),
});

const timestamp = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' });

/** A webhook as an answer shows it. It never contains a secret. */
export const webhookView = z.strictObject({
  id: z.string().meta({ format: 'uuid', description: 'UUIDv7' }),
  url: z.string(),
  description: z.string(),
  has_secret_token: z.boolean(),
  triggers: z.array(z.enum(TRIGGERS)).min(1),
  enabled: z.boolean(),
  paused: MEMBERS.paused,
  method: z.enum(METHODS),
  ordering: z.enum(ORDERINGS),
  headers: z
    .record(z.string(), z.string())
    .meta({ description: `Values are never shown: each is \`${MASK}\`` }),
  ca_certificates: z.string().nullable(),
  ed25519_signature: MEMBERS.ed25519_signature,
  timeout_ms: MEMBERS.timeout_ms,
  max_in_flight: MEMBERS.max_in_flight,
  rate_limit_per_second: MEMBERS.rate_limit_per_second,
  retry_schedule: MEMBERS.retry_schedule,
  status: z.enum(STATUSES).meta({
    description:
      '`failing`: its last delivery failed; `catching_up`: it gets what lies in the log before what is live',
  }),
  failing_since: timestamp
    .nullable()
    .meta({ description: 'Since when every delivery of it has failed; null while its last one arrived' }),
  disabled_reason: z
    .string()
    .nullable()
    .meta({ description: 'Why the service disabled it; null if it did not' }),
  disabled_at: z
    .string()
    .nullable()
    .meta({ format: 'date-time', description: 'When the service disabled it; null if it did not' }),
  behind: z
    .strictObject({
      events: z.int().min(0).meta({ description: 'How many records of the log lie before what is live' }),
      read: z.int().min(0).nullable().meta({
        description: 'How many it has read since it began to catch up; null while it does not',
      }),
      since: timestamp
        .nullable()
        .meta({ description: 'When the oldest of them was written, as far as is known' }),
    })
    .nullable()
    .meta({ description: 'How far it is behind what is live; null while it is not' }),
  pending_count: z.int().min(0).meta({
    description:
      'Deliveries that wait for a retry, or behind one. Counting stops at 1,000, in a list at 100: this value means "so many or more".',
  }),
  created_at: timestamp,
  updated_at: timestamp,
});
export type WebhookView = z.output<typeof webhookView>;

const signingSecret = z.string().meta({
  pattern: '^whsec_[A-Za-z0-9+/]{43}=$',
  description: 'The receiver checks `v1` signatures with it (Standard Webhooks). It is shown only this once.',
});

/** The answers that show a signing secret. */
export const newWebhookView = webhookView.extend({ signing_secret: signingSecret });
export type NewWebhookView = z.output<typeof newWebhookView>;
export const signingSecretView = z.strictObject({ signing_secret: signingSecret });
export type SigningSecretView = z.output<typeof signingSecretView>;

/** The members of a webhook that a caller can set and read. */
export type WebhookDocument = Omit<WebhookView, keyof typeof READ_ONLY>;

export const webhookPage = z.strictObject({
  data: z.array(webhookView),
  next_cursor: z.string().regex(CURSOR_PATTERN).nullable(),
});
export type WebhookPage = z.output<typeof webhookPage>;

export function toView({ row, state }: StatedWebhook): WebhookView {
  return {
    id: row.id,
    ...toDocument(row),
    has_secret_token: row.secretToken !== null,
    status: state.status,
    failing_since: state.failingSince?.toISOString() ?? null,
    disabled_reason: row.disabledReason,
    disabled_at: row.disabledAt?.toISOString() ?? null,
    behind: state.behind && { ...state.behind, since: state.behind.since?.toISOString() ?? null },
    pending_count: state.pendingCount,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

/** The document into which a patch is merged. Header values are masks, which stand for the stored values. */
export function toDocument(row: WebhookEntity): WebhookDocument {
  return {
    url: row.url,
    description: row.description,
    triggers: row.triggers,
    enabled: row.enabled,
    paused: row.paused,
    method: row.method,
    ordering: row.ordering,
    headers: maskedHeaders(row.headers),
    ca_certificates: row.caCertificates,
    ed25519_signature: row.ed25519Signature,
    timeout_ms: row.timeoutMs,
    max_in_flight: row.maxInFlight,
    rate_limit_per_second: row.rateLimitPerSecond,
    retry_schedule: row.retrySchedule,
  };
}
