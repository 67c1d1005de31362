/** How far reading is behind, as a zod schema. The OpenAPI document is made of it. */
import { z } from 'zod';

export const lagView = z.strictObject({
  partitions: z
    .array(
      z.strictObject({
        partition: z.int().min(0),
        end_offset: z.string().describe('The offset that the next record gets'),
        committed_offset: z
          .string()
          .nullable()
          .describe('Everything before it is done or stored; null: nothing was committed yet'),
        lag: z.int().min(0).nullable().describe('Records between the two'),
        owner: z
          .string()
          .nullable()
          .describe('The process that reads it, as host name and process id; null: none that is known'),
      }),
    )
    .nullable()
    .describe('Of the events topic; null: Kafka did not answer for half a minute'),
  history: z
    .strictObject({
      lag: z.int().min(0).describe('Records of the results topic that are not in the history yet'),
      checked_at: z
        .string()
        .meta({ format: 'date-time' })
        .describe('When all partitions were last looked at'),
    })
    .nullable()
    .describe('Null: no process has the role, or it has read nothing yet'),
});
export type Lag = z.output<typeof lagView>;
