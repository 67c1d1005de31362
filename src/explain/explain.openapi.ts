/** What the OpenAPI document says about `/explain`. */
import { ApiBody, ApiResponse } from '@nestjs/swagger';
import { json, operation, problems, schema } from '../rest/guarded-route.openapi.ts';

export const DescribeExplain = {
  explain: (): MethodDecorator =>
    operation(
      'explainEvent',
      'Which webhooks get an event, why, and what each is sent; the event is in the body, or at a place of the log',
      ApiBody({ required: true, schema: schema('ExplainInput') }),
      ApiResponse({ status: 200, description: 'What becomes of it', content: json('Explanation') }),
      ...problems(
        'validation_failed',
        'not_found',
        'event_expired',
        'payload_too_large',
        'unsupported_media_type',
      ),
    ),
};
