/** What the OpenAPI document says about the parameters that lists have in common. */
import { ApiQuery } from '@nestjs/swagger';

export const TIME = { type: 'string' as const, format: 'date-time' };

export function parameter(name: string, schema: object, description?: string): MethodDecorator {
  return ApiQuery({ name, required: false, schema, ...(description !== undefined && { description }) });
}

/** `limit` and `cursor`. @param cursorPattern that of the cursors of this list. */
export function paging(cursorPattern: RegExp): MethodDecorator[] {
  return [
    parameter('limit', { type: 'integer', minimum: 1, maximum: 100, default: 50 }),
    parameter(
      'cursor',
      { type: 'string', pattern: cursorPattern.source },
      '`next_cursor` of the page before',
    ),
  ];
}
