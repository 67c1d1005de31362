/** Statistics as they are asked for and shown, as zod schemas. The OpenAPI document is made of these. */
import { z } from 'zod';
import { ERROR_CODES } from '../model/attempt.ts';
import { because, fault } from '../model/field-fault.ts';
import { once } from '../rest/list-query.ts';

const LONGEST_HOURS = 24 * 31;
const CODES = Object.keys(ERROR_CODES) as [keyof typeof ERROR_CODES, ...(keyof typeof ERROR_CODES)[]];

/** For so many webhooks at once. */
export const WEBHOOKS_AT_MOST = 100;

const NOT_HOURS = fault('not_in_range', `must be a whole number from 1 to ${LONGEST_HOURS}`, {
  min: 1,
  max: LONGEST_HOURS,
});
const hours = z
  .string(once)
  .refine(
    (text) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= LONGEST_HOURS,
    because(NOT_HOURS),
  )
  .transform(Number)
  .default(24);

export const statsQuery = z.strictObject({ hours });

export const webhooksStatsQuery = z.strictObject({
  webhook_id: z
    .string(once)
    .transform((text) => text.split(','))
    .pipe(
      z
        .array(z.guid('must be UUIDs, separated by commas'))
        .max(WEBHOOKS_AT_MOST, `must be at most ${WEBHOOKS_AT_MOST}`),
    ),
  hours,
});
export const HOURS_SCHEMA = { type: 'integer' as const, minimum: 1, maximum: LONGEST_HOURS, default: 24 };

const time = z.string().meta({ format: 'date-time' });
const count = z.int().min(0).nullable();

const hourStats = z.strictObject({
  hour: time.describe('When it begins'),
  delivered: count.describe('Attempts by outcome; null: the history does not reach back so far'),
  failed: count,
  exhausted: count,
  error_codes: z.partialRecord(z.enum(CODES), z.int().min(1)).nullable().describe('How often, by error code'),
  duration_ms: z
    .strictObject({ p50: z.int(), p95: z.int(), p99: z.int() })
    .nullable()
    .describe('Of all attempts, right within a fifth; null without any'),
});
export type HourStats = z.output<typeof hourStats>;

const statsNow = z.strictObject({
  pending_count: z.int().min(0).describe('Deliveries that wait; counting stops at 1,000'),
  oldest_pending_at: time.nullable().describe('When the oldest of these was created'),
});
export type StatsNow = z.output<typeof statsNow>;

export const statsView = z.strictObject({
  hours: z.array(hourStats).describe('Oldest first; the last one is not over'),
  now: statsNow,
  complete_to: time
    .nullable()
    .describe('All attempts up to then are counted; null: the history has read nothing yet'),
});
export type Stats = z.output<typeof statsView>;

export const minuteStatsView = z.strictObject({
  minutes: z
    .array(
      z.strictObject({
        minute: time.describe('When it begins'),
        delivered: count.describe(
          'Attempts that ended in it; null: it was not counted, or not all of it is read yet',
        ),
        failed: count,
        exhausted: count,
      }),
    )
    .describe('The last 60 that are over, the oldest first'),
  complete_to: time
    .nullable()
    .describe('All attempts up to then are counted; null: the history has read nothing yet'),
});
export type MinuteStats = z.output<typeof minuteStatsView>;

const counts = z.array(count);

export const webhooksStatsView = z.strictObject({
  hours: z.array(time).describe('When each begins, the oldest first; the last one is not over'),
  data: z
    .array(
      z.strictObject({
        webhook_id: z.string().meta({ format: 'uuid' }),
        delivered: counts.describe('Attempts by hour; null: the history does not reach back so far'),
        failed: counts,
        exhausted: counts,
      }),
    )
    .describe('In the order in which they were asked for; one that does not exist is left out'),
  complete_to: time
    .nullable()
    .describe('All attempts up to then are counted; null: the history has read nothing yet'),
});
export type WebhooksStats = z.output<typeof webhooksStatsView>;
