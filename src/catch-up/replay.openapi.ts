/** What the OpenAPI document says about replays. */
import { ApiBody, ApiParam, ApiQuery, ApiResponse } from '@nestjs/swagger';
import { json, operation, problems, schema } from '../rest/guarded-route.openapi.ts';
import { CURSOR_PATTERN } from '../rest/cursor.ts';
import { paging, parameter } from '../rest/list.openapi.ts';
import { componentSchemas, type JsonSchema } from '../rest/json-schema.ts';
import type { ProblemCode } from '../rest/problem.ts';
import { logRangeView } from './log-range.dto.ts';
import { recoverInput, replayInput, replayPage, REPLAY_STATUSES, replayView } from './replay.dto.ts';

const WITH_BODY: ProblemCode[] = ['validation_failed', 'payload_too_large', 'unsupported_media_type'];

const id = (description: string): MethodDecorator =>
  ApiParam({ name: 'id', description, schema: { type: 'string', format: 'uuid' } });

const replay = (status: number, description: string): MethodDecorator =>
  ApiResponse({ status, description, content: json('Replay') });

export const DescribeReplays = {
  replay: (): MethodDecorator =>
    operation(
      'replayEvents',
      'Send a webhook what the log has of a range of time, again or for the first time',
      id('Id of the webhook'),
      ApiBody({ required: true, schema: schema('ReplayInput') }),
      replay(202, 'The replay'),
      ...problems(...WITH_BODY, 'not_found', 'webhook_disabled'),
    ),
  recover: (): MethodDecorator =>
    operation(
      'recoverDeliveries',
      'Try the deliveries of a webhook again that were given up in a range of time',
      id('Id of the webhook'),
      ApiBody({ required: true, schema: schema('RecoverInput') }),
      replay(202, 'The replay'),
      ...problems(...WITH_BODY, 'not_found', 'webhook_disabled'),
    ),
  resend: (): MethodDecorator =>
    operation(
      'resendDelivery',
      'Send one delivery again, whatever became of it',
      id('Id of the delivery'),
      replay(202, 'The replay'),
      ...problems(
        'not_found',
        'webhook_disabled',
        'event_expired',
        'payload_too_large',
        'unsupported_media_type',
      ),
    ),
  range: (): MethodDecorator =>
    operation(
      'readLogRange',
      'How many events the log has from a time on',
      ApiQuery({
        name: 'from',
        required: true,
        schema: {
          anyOf: [
            { type: 'string', enum: ['earliest'] },
            { type: 'string', format: 'date-time' },
          ],
        },
      }),
      ApiResponse({ status: 200, description: 'What the log has', content: json('LogRange') }),
      ...problems('validation_failed'),
    ),
  list: (): MethodDecorator =>
    operation(
      'listReplays',
      'Replays, newest first, page by page',
      parameter('webhook_id', { type: 'string', format: 'uuid' }),
      parameter('status', { type: 'string', enum: [...REPLAY_STATUSES] }),
      ...paging(CURSOR_PATTERN),
      ApiResponse({ status: 200, description: 'A page', content: json('ReplayPage') }),
      ...problems('validation_failed'),
    ),
  read: (): MethodDecorator =>
    operation(
      'readReplay',
      'One replay',
      id('Id of the replay'),
      replay(200, 'The replay'),
      ...problems('not_found'),
    ),
  stop: (): MethodDecorator =>
    operation(
      'stopReplay',
      'Stop a replay: what is under way ends, nothing more is sent',
      id('Id of the replay'),
      replay(202, 'The replay; one that has ended is as it was'),
      ...problems('not_found', 'payload_too_large', 'unsupported_media_type'),
    ),
};

export function replayComponents(): Record<string, JsonSchema> {
  return {
    ...componentSchemas({ ReplayInput: replayInput, RecoverInput: recoverInput }, 'input'),
    ...componentSchemas({ Replay: replayView, ReplayPage: replayPage, LogRange: logRangeView }, 'output'),
  };
}
