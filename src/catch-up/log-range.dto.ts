/**
 * The query and the answer about what the log has from a time on, as zod schemas. The OpenAPI document is made from them.
 */
import { z } from 'zod';
import { instant } from '../rest/list-query.ts';

const MESSAGE = 'must be earliest, or an RFC 3339 date and time, such as 2026-11-24T09:30:00Z';

export const logRangeQuery = z.strictObject({
  from: z.union([z.literal('earliest'), instant.unwrap()], MESSAGE),
});

export const logRangeView = z.strictObject({
  events: z.int().min(0).describe('How many records the log has from then on, of all triggers'),
  first_at: z
    .string()
    .meta({ format: 'date-time' })
    .nullable()
    .describe('When the first of them was written; null: there is none'),
});
export type LogRange = z.output<typeof logRangeView>;
