/** Replays as REST takes and shows them, as zod schemas. The OpenAPI document is made from them. */
import { z } from 'zod';
import { because, fault } from '../model/field-fault.ts';
import { storableText } from '../model/storable-text.ts';
import { TRIGGERS } from '../model/trigger.ts';
import { CURSOR_PATTERN } from '../rest/cursor.ts';
import { cursorLike, limit, time } from '../rest/list-query.ts';
import { REPLAY_KINDS, REPLAY_MODES } from './cursor.ts';

export const REPLAY_STATUSES = ['running', 'stopping', 'stopped', 'done', 'failed'] as const;
export type ReplayStatus = (typeof REPLAY_STATUSES)[number];

const REPLAY_WARNINGS = [
  'known_ids',
  'older_after_newer',
  'log_begins_later',
  'log_expired',
  'webhook_deleted',
] as const;

const dryRun = z
  .boolean('must be true or false')
  .default(false)
  .meta({ description: 'Only say what would be sent' });

/** The body of `POST /webhooks/{id}/replay`. */
export const replayInput = z.strictObject(
  {
    from: time.describe('Events written to the log at this moment or later'),
    to: time.describe('Events written before this moment; in the future: until now'),
    triggers: z
      .array(z.enum(TRIGGERS, `must be one of ${TRIGGERS.join(', ')}`), 'must be a list of triggers')
      .min(1, 'must name at least one trigger')
      .refine(
        (triggers) => new Set(triggers).size === triggers.length,
        because(fault('given_twice', 'must name each trigger once')),
      )
      .meta({ uniqueItems: true, description: "Only these of the webhook's own; left out: all of them" })
      .optional(),
    username: z
      .string('must be a string')
      .min(1, 'must not be empty')
      .meta({ description: 'Only the events of this user' })
      .transform(storableText)
      .optional(),
    mode: z
      .enum(REPLAY_MODES, `must be one of ${REPLAY_MODES.join(', ')}`)
      .default('all')
      .meta({ description: '`last_per_user`: only the last event of each user in the range' }),
    dry_run: dryRun,
  },
  'must be a JSON object',
);

/** The body of `POST /webhooks/{id}/recover`. */
export const recoverInput = z.strictObject(
  {
    since: time.describe('Deliveries given up at this moment or later'),
    until: time.describe('Deliveries given up before this moment; left out: until now').optional(),
    dry_run: dryRun,
  },
  'must be a JSON object',
);

export const replayQuery = z.strictObject({
  webhook_id: z.guid('must be a UUID, given once').optional(),
  status: z.enum(REPLAY_STATUSES, `must be one of ${REPLAY_STATUSES.join(', ')}, given once`).optional(),
  limit,
  cursor: cursorLike(CURSOR_PATTERN),
});

const at = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' });
const count = (description: string) => z.int().min(0).meta({ description });

export const replayView = z.strictObject({
  id: z.string().meta({ format: 'uuid', description: 'UUIDv7' }),
  kind: z.enum(REPLAY_KINDS),
  webhook_id: z.string().meta({ format: 'uuid' }),
  from: at.nullable(),
  to: at.nullable(),
  triggers: z.array(z.enum(TRIGGERS)).nullable(),
  username: z.string().nullable(),
  mode: z.enum(REPLAY_MODES),
  dry_run: z.boolean(),
  status: z.enum(REPLAY_STATUSES),
  total: z.int().min(0).nullable().meta({ description: 'Records of the range; null: unknown' }),
  read: count('Records read so far'),
  matched: count('Deliveries that are made, or would be'),
  delivered: count('Of them delivered'),
  failed: count('Of them failed, with an attempt to come'),
  exhausted: count('Of them given up'),
  log_begins_at: at
    .nullable()
    .meta({ description: 'From when the log has everything, where that is later than `from`' }),
  warnings: z.array(z.strictObject({ code: z.enum(REPLAY_WARNINGS), message: z.string() })),
  created_by: z.string(),
  created_at: at,
  finished_at: at.nullable(),
});
export type ReplayView = z.output<typeof replayView>;

export const replayPage = z.strictObject({
  data: z.array(replayView),
  next_cursor: z.string().regex(CURSOR_PATTERN).nullable(),
});
export type ReplayPage = z.output<typeof replayPage>;
