/** Durations as people write them: `500ms`, `15s`, `5m`, `2h` or `30d`. Settings and a webhook's retry schedule use them. */
import { z } from 'zod';

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION_PATTERN = /^\d{1,9}(ms|s|m|h|d)$/;
const MAX_DELAYS = 50;

/** @param text must match `DURATION_PATTERN`. */
export function durationMs(text: string): number {
  const [, count = '', unit = 's'] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
}

const durationText = z
  .string()
  .refine(
    (text) => DURATION_PATTERN.test(text),
    breaking('not_a_duration', 'must be a whole number with a unit, such as 500ms, 15s, 5m, 2h or 30d'),
  )
  .meta({ pattern: DURATION_PATTERN.source });

/** A duration, read as milliseconds. */
export const durationSchema = durationText
  .transform(durationMs)
  .pipe(z.number().min(1, 'must be longer than zero'));

/** The delays between the attempts of a delivery. The output keeps them as they were written. */
export const scheduleSchema = z
  .array(
    durationText.refine(
      (text) => durationMs(text) <= UNIT_MS.d * 30,
      breaking('duration_too_long', 'must be at most 30d', { max: '30d' }),
    ),
    'must be a list of durations',
  )
  .refine(
    (delays) => delays.length <= MAX_DELAYS,
    breaking('too_many', `must have at most ${MAX_DELAYS} delays`, { max: MAX_DELAYS }),
  )
  .meta({ maxItems: MAX_DELAYS });

/** A fault as in `model/field-fault.ts`, for a body. This room may not import that one. */
function breaking(code: string, message: string, params?: Record<string, string | number>) {
  return { message, params: { fault: { code, message, ...(params && { params }) } } };
}
