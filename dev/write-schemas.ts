/**
 * `npm run docs:schemas`: writes the JSON Schemas of the Kafka contracts to `docs/schemas/`. They are made from the schemas
 * that the service itself uses. A contract test fails if the committed files differ.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { attemptSchema } from '../src/model/attempt.ts';
import { eventSchema } from '../src/model/event.ts';
import { noticeSchema } from '../src/notices/notice.ts';

const PUBLISHED = {
  'event.schema.json': { title: 'User event', schema: eventSchema },
  'attempt.schema.json': { title: 'Delivery attempt', schema: attemptSchema },
  'notice.schema.json': { title: 'Notice', schema: noticeSchema },
} as const;

/** The text that each file must have, by its name in `docs/schemas/`. */
export function publishedSchemas(): Map<string, string> {
  return new Map(
    Object.entries(PUBLISHED).map(([file, { title, schema }]) => {
      const { $schema, ...rest } = z.toJSONSchema(schema, { unrepresentable: 'any' });
      return [file, `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`];
    }),
  );
}

if (import.meta.main) {
  mkdirSync('docs/schemas', { recursive: true });
  for (const [file, text] of publishedSchemas()) writeFileSync(`docs/schemas/${file}`, text);
}
