/** The body and the answer of a test send, as zod schemas. The OpenAPI document is made from these schemas. */
import { z } from 'zod';
import { attemptSchema } from '../model/attempt.ts';
import { TRIGGERS } from '../model/trigger.ts';
import { componentSchemas, type JsonSchema } from '../rest/json-schema.ts';

/** The body names the trigger whose sample is sent. */
export const testSendInput = z.strictObject(
  { trigger: z.enum(TRIGGERS, `must be one of ${TRIGGERS.join(', ')}`) },
  'must be a JSON object',
);

export function testSendComponents(): Record<string, JsonSchema> {
  return {
    ...componentSchemas({ TestSendInput: testSendInput }, 'input'),
    ...componentSchemas({ Attempt: attemptSchema }, 'output'),
  };
}
