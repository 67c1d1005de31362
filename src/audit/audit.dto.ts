/** An audit entry and the query for a list of them, as zod schemas. The OpenAPI document is made from these schemas. */
import { z } from 'zod';
import { ACTOR_KINDS, ROLES } from '../model/actor.ts';
import { CURSOR_PATTERN } from '../rest/cursor.ts';
import { because, fault } from '../model/field-fault.ts';
import { atLeast } from '../model/member-rules.ts';
import { cursorLike, instant, limit, once } from '../rest/list-query.ts';

export const ACTIONS = [
  'webhook.created',
  'webhook.updated',
  'webhook.deleted',
  'webhook.disabled_automatically',
  'webhook.tested',
  'webhook.signing_secret_rotated',
  'dead_letter.sent_back',
  'replay.started',
  'replay.stopped',
  'user.history_erased',
] as const;
export type Action = (typeof ACTIONS)[number];

const change = z.union([
  z
    .strictObject({ before: z.unknown(), after: z.unknown() })
    .meta({ description: 'null: there was no value before, or there is none after' }),
  z
    .enum(['added', 'changed', 'removed'])
    .meta({ description: 'For a secret or a header, whose value is never kept' }),
]);
/** The key is the member that changed, or `headers.<name>` for a custom header. */
const changesSchema = z.record(z.string(), change);
export type Changes = z.output<typeof changesSchema>;

/** What a room hands over to be recorded. */
export interface AuditEntry {
  readonly action: Action;
  /** Null: it is about no webhook. */
  readonly webhookId: string | null;
  readonly changes: Changes;
}

const MAX_ACTOR_LENGTH = 255;
/** The query of a list. All values arrive as text. */
export const auditQuery = z.strictObject({
  webhook_id: z.guid('must be a UUID, given once').optional(),
  actor: z
    .string(once)
    .check(atLeast(1, 'must not be empty'))
    .refine(
      (text) => Array.from(text).length <= MAX_ACTOR_LENGTH,
      because(
        fault('too_long', `must be at most ${MAX_ACTOR_LENGTH} characters long`, { max: MAX_ACTOR_LENGTH }),
      ),
    )
    .refine(
      (text) => !/[\p{Cc}\p{Cs}]/u.test(text),
      because(fault('control_characters', 'must not contain control characters')),
    )
    .meta({ minLength: 1, maxLength: MAX_ACTOR_LENGTH, pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f]*$' })
    .optional(),
  action: z.enum(ACTIONS, `must be one of ${ACTIONS.join(', ')}, given once`).optional(),
  since: instant,
  until: instant,
  limit,
  cursor: cursorLike(CURSOR_PATTERN),
});

export const auditEntryView = z.strictObject({
  id: z.string().meta({ format: 'uuid', description: 'UUIDv7' }),
  created_at: z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' }),
  action: z.enum(ACTIONS),
  webhook_id: z
    .string()
    .meta({
      format: 'uuid',
      description: 'The webhook, which may have been deleted since; null: it is about none',
    })
    .nullable(),
  actor: z.string().meta({ description: 'Name of the token, or subject of the identity provider' }),
  actor_kind: z.enum(ACTOR_KINDS).meta({
    description:
      '`token`: a token of the settings; `oidc`: the identity provider; `system`: the service itself',
  }),
  role: z.enum(ROLES).nullable().meta({ description: 'null: the service itself' }),
  client_address: z.string().nullable(),
  request_id: z.string().nullable().meta({ description: 'As in `X-Request-Id` and in the log' }),
  changes: changesSchema.meta({ description: 'By member; `headers.<name>` for a custom header' }),
});
export type AuditEntryView = z.output<typeof auditEntryView>;

export const auditPage = z.strictObject({
  data: z.array(auditEntryView),
  next_cursor: z.string().regex(CURSOR_PATTERN).nullable(),
});
export type AuditPage = z.output<typeof auditPage>;
