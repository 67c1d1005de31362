/** What the OpenAPI document says about the parameters that lists have in common. */
import { ApiQuery } from '@nestjs/swagger';

export const TIME = { type: 'string' as const, format: 'date-time' };

export function parameter(name: string, schema: object, description?: string): MethodDecorator {
  return ApiQuery({ name, required: false, schema, ...(description !== undefined && { description }) });
}

/** One of these values, or several separated by commas. */
export function severalOf(name: string, values: readonly string[]): MethodDecorator {
  return ApiQuery({
    name,
    required: false,
    explode: false,
    schema: { type: 'array', items: { type: 'string', enum: [...values] } },
    description: 'One, or several separated by commas',
  });
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
