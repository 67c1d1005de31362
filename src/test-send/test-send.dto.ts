/** What a caller of a test send gives and gets, as zod schemas; the OpenAPI document is made from them. */
import { z } from 'zod';
import { attemptSchema } from '../model/attempt.ts';
import { TRIGGERS } from '../model/trigger.ts';
import { componentSchemas, type JsonSchema } from '../rest/json-schema.ts';

/** Which sample is sent. */
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
