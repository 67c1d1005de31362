/** What the OpenAPI document says about dead letters. */
import { ApiBody, ApiParam, ApiResponse } from '@nestjs/swagger';
import { json, operation, problems, schema } from '../rest/guarded-route.openapi.ts';
import { paging, parameter, TIME } from '../rest/list.openapi.ts';
import { QUERY_REASONS } from './dead-letters.dto.ts';
import { PLACE_CURSOR_PATTERN } from './place-cursor.ts';

const place = (): MethodDecorator[] => [
  ApiParam({
    name: 'partition',
    description: 'Of the dead-letter topic',
    schema: { type: 'integer', minimum: 0 },
  }),
  ApiParam({ name: 'offset', schema: { type: 'string', pattern: '^[0-9]+$' } }),
];

export const DescribeDeadLetters = {
  list: (): MethodDecorator =>
    operation(
      'listDeadLetters',
      'Records that are no readable event, newest first, page by page',
      parameter('reason', { type: 'string', enum: [...QUERY_REASONS] }),
      parameter('since', TIME, 'Became a dead letter from this moment on'),
      parameter('until', TIME, 'Became a dead letter before this moment'),
      ...paging(PLACE_CURSOR_PATTERN),
      ApiResponse({ status: 200, description: 'A page', content: json('DeadLetterPage') }),
      ...problems('validation_failed'),
    ),

  read: (): MethodDecorator =>
    operation(
      'readDeadLetter',
      'One dead letter, with all its bytes',
      ...place(),
      ApiResponse({ status: 200, description: 'The dead letter', content: json('DeadLetter') }),
      ...problems('not_found'),
    ),

  sendBack: (): MethodDecorator =>
    operation(
      'sendBackDeadLetter',
      'Send a dead letter back to the events topic, as it came or with a mended value',
      ...place(),
      ApiBody({ required: false, schema: schema('SendBackInput') }),
      ApiResponse({
        status: 202,
        description: 'Where it is on the events topic now',
        content: json('SentBack'),
      }),
      ...problems(
        'validation_failed',
        'not_found',
        'event_expired',
        'payload_too_large',
        'unsupported_media_type',
      ),
    ),
};
