/** Dead letters in the form of REST, as zod schemas. The OpenAPI document is made from these schemas. */
import { z } from 'zod';
import { DEAD_LETTER_REASONS, type DeadLetterReason } from '../intake/undecodable.ts';
import { because, fault } from '../model/field-fault.ts';
import { instant, limit, NOT_A_CURSOR, textLike } from '../rest/list-query.ts';
import { componentSchemas, type JsonSchema } from '../rest/json-schema.ts';
import { fromPlaceCursor, PLACE_CURSOR_PATTERN } from './place-cursor.ts';

const REASONS = Object.keys(DEAD_LETTER_REASONS) as [DeadLetterReason, ...DeadLetterReason[]];

/** The query of the list. All values arrive as text. */
export const deadLettersQuery = z
  .strictObject({
    reason: z.enum(REASONS, `must be one of ${REASONS.join(', ')}, given once`).optional(),
    since: instant,
    until: instant,
    limit,
    cursor: textLike(PLACE_CURSOR_PATTERN, NOT_A_CURSOR)
      .transform((text, context) => {
        const places = fromPlaceCursor(text);
        if (places) return places;
        context.addIssue({ code: 'custom', ...because(NOT_A_CURSOR) });
        return z.NEVER;
      })
      .optional(),
  })
  .refine(({ since, until }) => since === undefined || until === undefined || since < until, {
    path: ['until'],
    ...because(fault('not_after', 'must be after since', { other: 'since' })),
  });
export type DeadLettersQuery = z.output<typeof deadLettersQuery>;

export const QUERY_REASONS = REASONS;

const content = z
  .union([z.strictObject({ text: z.string() }), z.strictObject({ base64: z.string() })])
  .meta({ description: '`text` where the bytes are UTF-8, else `base64`' });
const offset = z.string().regex(/^[0-9]+$/);
const time = z.string().meta({ format: 'date-time', description: 'RFC 3339, UTC' });

const deadLetterView = z.strictObject({
  partition: z.int().meta({ description: 'Its place on the dead-letter topic' }),
  offset,
  reason: z
    .enum(REASONS)
    .nullable()
    .meta({ description: 'null: something else than this service has written it' }),
  message: z.string().nullable().meta({ description: 'What was wrong, for people' }),
  timestamp: time.nullable().meta({ description: 'When it became a dead letter (RFC 3339, UTC)' }),
  source: z
    .strictObject({
      topic: z.string(),
      partition: z.int(),
      offset,
      last_offset: offset.nullable().meta({ description: 'The last one, where it stands for several' }),
      timestamp: z
        .string()
        .nullable()
        .meta({ description: 'Of the record: RFC 3339, or the number that no date can hold' }),
    })
    .nullable()
    .meta({ description: 'Where the record was read from' }),
  key: content.nullable(),
  value: content.nullable().meta({ description: 'In a list no more than its first 1 KiB' }),
  value_bytes: z
    .int()
    .meta({ description: 'Its length, also where the dead-letter topic had no room for it' }),
  headers: z
    .array(z.strictObject({ name: z.string(), value: content.nullable() }))
    .meta({ description: 'As they came, without `dlq.*`; in a list the first 20, each cut at 256 bytes' }),
  sent_back: z
    .array(
      z.strictObject({
        at: time,
        by: z.string(),
        partition: z.int().nullable(),
        offset: offset
          .nullable()
          .meta({ description: 'In the events topic; null: Kafka has not acknowledged it' }),
      }),
    )
    .meta({ description: 'Oldest first' }),
});
export type DeadLetterView = z.output<typeof deadLetterView>;

const deadLetterPage = z.strictObject({
  data: z.array(deadLetterView),
  next_cursor: z.string().regex(PLACE_CURSOR_PATTERN).nullable().meta({
    description: 'null: there are no more. A page may have fewer than `limit`, or none, and still have one.',
  }),
});
export type DeadLetterPage = z.output<typeof deadLetterPage>;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** The body of a send-back, which may be missing. */
export const sendBackInput = z
  .strictObject(
    {
      value: z
        .union(
          [
            z.strictObject({ text: z.string() }),
            z.strictObject({
              base64: z
                .string()
                .refine((text) => BASE64.test(text), because(fault('not_base64', 'must be base64')))
                .meta({ pattern: BASE64.source }),
            }),
          ],
          'must be {"text": …} or {"base64": …}',
        )
        .optional()
        .meta({ description: 'A mended value in place of the one that it has' }),
      force: z
        .boolean('must be true or false')
        .default(false)
        .meta({ description: 'Also what would only become a dead letter again' }),
    },
    'must be a JSON object',
  )
  .default({ force: false });

const sentBackView = z.strictObject({ topic: z.string(), partition: z.int(), offset });
export type SentBackView = z.output<typeof sentBackView>;

export function deadLetterComponents(): Record<string, JsonSchema> {
  return {
    ...componentSchemas({ SendBackInput: sendBackInput }, 'input'),
    ...componentSchemas(
      { DeadLetter: deadLetterView, DeadLetterPage: deadLetterPage, SentBack: sentBackView },
      'output',
    ),
  };
}
