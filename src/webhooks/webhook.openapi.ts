/**
 * What the OpenAPI document says about each route: one decorator per route. The component schemas that it names are made
 * from the DTOs in `webhook.schemas.ts`. Every status that a route can answer is listed, even those that are answered before
 * the controller runs (body too large, wrong media type, no token).
 */
import { applyDecorators } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiHeader, ApiOperation, ApiParam, ApiResponse } from '@nestjs/swagger';
import { answers, json, operation, problems, schema } from '../rest/guarded-route.openapi.ts';
import { CURSOR_PATTERN } from '../rest/cursor.ts';
import { paging, parameter, severalOf } from '../rest/list.openapi.ts';
import type { ProblemCode } from '../rest/problem.ts';
import { TRIGGERS } from '../model/trigger.ts';
import { STATUSES } from './webhook-state.ts';
import { IF_MATCH_SCHEMA, SEARCH_SCHEMA } from './webhook.schemas.ts';

type Decorator = MethodDecorator;

const ETAG = {
  ETag: {
    description: 'The version of the webhook, for If-Match',
    required: true,
    schema: { type: 'string' as const, pattern: '^"[0-9]+"$', examples: ['"1"'] },
  },
};
const LOCATION = {
  Location: {
    description: 'Path of the new webhook',
    required: true,
    schema: { type: 'string' as const, format: 'uri-reference' },
  },
};
const WITH_BODY: ProblemCode[] = ['validation_failed', 'payload_too_large', 'unsupported_media_type'];

const id = (): Decorator =>
  ApiParam({ name: 'id', description: 'Id of the webhook', schema: { type: 'string', format: 'uuid' } });

const ifMatch = (): Decorator =>
  ApiHeader({
    name: 'If-Match',
    required: false,
    description: 'Change only this version: the ETag that was read. `*`: any version.',
    schema: IF_MATCH_SCHEMA,
  });

const webhook = (status: number, description: string): Decorator =>
  ApiResponse({ status, description, headers: ETAG, content: json('Webhook') });

/** One decorator per route. */
export const Describe = {
  list: (): Decorator =>
    operation(
      'listWebhooks',
      'Webhooks in the order of their creation, page by page',
      parameter('search', SEARCH_SCHEMA, 'Part of the URL or the description, in any case'),
      parameter('enabled', { type: 'boolean' }),
      severalOf('status', STATUSES),
      parameter('trigger', { type: 'string', enum: [...TRIGGERS] }),
      ...paging(CURSOR_PATTERN),
      ApiResponse({ status: 200, description: 'A page', content: json('WebhookPage') }),
      ...problems('validation_failed'),
    ),

  create: (): Decorator =>
    operation(
      'createWebhook',
      'Make a webhook',
      ApiBody({ required: true, schema: schema('WebhookInput') }),
      ApiResponse({
        status: 201,
        description: 'The new webhook, with its signing secret, which is shown only this once',
        headers: { ...ETAG, ...LOCATION },
        content: json('NewWebhook'),
      }),
      ...problems(...WITH_BODY, 'duplicate_url'),
    ),

  read: (): Decorator =>
    operation('readWebhook', 'One webhook', id(), webhook(200, 'The webhook'), ...problems('not_found')),

  replace: (): Decorator =>
    operation(
      'replaceWebhook',
      'Replace the whole webhook; a secret token that is left out is kept',
      id(),
      ifMatch(),
      ApiBody({ required: true, schema: schema('WebhookInput') }),
      webhook(200, 'The webhook as it is now'),
      ...problems(...WITH_BODY, 'not_found', 'duplicate_url', 'precondition_failed'),
    ),

  patch: (): Decorator =>
    operation(
      'patchWebhook',
      'Change some members (JSON merge patch, RFC 7396)',
      id(),
      ifMatch(),
      ApiConsumes('application/merge-patch+json', 'application/json'),
      ApiBody({ required: true, schema: schema('WebhookPatch') }),
      webhook(200, 'The webhook as it is now'),
      ...problems(...WITH_BODY, 'not_found', 'duplicate_url', 'precondition_failed'),
    ),

  remove: (): Decorator =>
    operation(
      'deleteWebhook',
      'Delete a webhook and all its deliveries that wait',
      id(),
      ifMatch(),
      ApiResponse({ status: 204, description: 'It is gone' }),
      ...problems('not_found', 'precondition_failed', 'payload_too_large', 'unsupported_media_type'),
    ),

  rotateSigningSecret: (): Decorator =>
    operation(
      'rotateSigningSecret',
      'Give the webhook a new signing secret; requests are signed with the old one too for 24 hours',
      id(),
      ApiResponse({
        status: 200,
        description: 'The new secret, which is shown only this once',
        content: json('SigningSecret'),
      }),
      ...problems('not_found', 'payload_too_large', 'unsupported_media_type'),
    ),
  testSend: (): Decorator =>
    operation(
      'testWebhook',
      'Send a sample to the webhook now, even if it is disabled, and answer with the attempt',
      id(),
      ApiBody({ required: true, schema: schema('TestSendInput') }),
      ApiResponse({ status: 200, description: 'The attempt', content: json('Attempt') }),
      ...problems(...WITH_BODY, 'not_found'),
    ),

  /** Needs no token. */
  keys: (): Decorator =>
    applyDecorators(
      ApiOperation({
        operationId: 'readPublicKeys',
        summary: 'The public key with which receivers check `v1a` signatures, as JSON Web Key Set',
      }),
      ApiResponse({ status: 200, description: 'The one key', content: json('KeySet') }),
      ...answers('malformed_request', 'internal_error', 'service_unavailable'),
    ),
  triggers: (): Decorator =>
    operation(
      'listTriggers',
      'The triggers, each with a sample of the body a receiver gets',
      ApiResponse({ status: 200, description: 'All of them', content: json('TriggerList') }),
      ...problems(),
    ),
};
