/** The members of a webhook that say how it is. Nobody sets them. */
import { z } from 'zod';
import { DISABLED_CODES } from './webhook.entity.ts';
import { STATUSES } from './webhook-state.ts';

export const timestamp = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' });

export const STATE_MEMBERS = {
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
  disabled_code: z
    .enum(DISABLED_CODES)
    .nullable()
    .meta({ description: 'The same as a code; null also if a release before disabled it' }),
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
};
