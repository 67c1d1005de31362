/** What the OpenAPI document says about the audit trail. */
import { ApiResponse } from '@nestjs/swagger';
import { json, operation, problems } from '../rest/guarded-route.openapi.ts';
import { CURSOR_PATTERN } from '../rest/cursor.ts';
import { paging, parameter, TIME } from '../rest/list.openapi.ts';
import { componentSchemas, parameterSchema, type JsonSchema } from '../rest/json-schema.ts';
import { ACTIONS, auditEntryView, auditPage, auditQuery } from './audit.dto.ts';

export const DescribeAudit = {
  list: (): MethodDecorator =>
    operation(
      'listAuditEntries',
      'Who changed what, newest first, page by page; for admins only',
      parameter('webhook_id', { type: 'string', format: 'uuid' }),
      parameter('actor', parameterSchema(auditQuery.shape.actor), 'Name of a token, a subject, or `system`'),
      parameter('action', { type: 'string', enum: [...ACTIONS] }),
      parameter('since', TIME, 'From this moment on'),
      parameter('until', TIME, 'Before this moment'),
      ...paging(CURSOR_PATTERN),
      ApiResponse({ status: 200, description: 'A page', content: json('AuditPage') }),
      ...problems('validation_failed'),
    ),
};

export function auditComponents(): Record<string, JsonSchema> {
  return componentSchemas({ AuditEntry: auditEntryView, AuditPage: auditPage }, 'output');
}
