/**
 * What the OpenAPI document says about every route that needs a token: its operation id, the bearer token, and the
 * problems that every such route may answer. The component schemas that are named here are added in `openapi.ts`.
 */
import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { PROBLEMS, type ProblemCode } from './problem.ts';

type Headers = Record<string, { description: string; required: boolean; schema: object }>;

/** Every route that needs a token may answer these. */
const ALWAYS: ProblemCode[] = [
  ...(['malformed_request', 'unauthorized', 'forbidden', 'too_many_requests'] as const),
  ...(['internal_error', 'service_unavailable'] as const),
];

const HEADERS: Partial<Record<number, Headers>> = {
  401: {
    'WWW-Authenticate': {
      description: 'RFC 6750 challenge',
      required: true,
      schema: { type: 'string', examples: ['Bearer realm="user-webhooks"'] },
    },
  },
  429: {
    'Retry-After': {
      description: 'Seconds until tokens are taken from this address again',
      required: true,
      schema: { type: 'string', pattern: '^[0-9]+$' },
    },
  },
};

export const schema = (name: string): { $ref: string } => ({ $ref: `#/components/schemas/${name}` });

export const json = (name: string): Record<string, { schema: { $ref: string } }> => ({
  'application/json': { schema: schema(name) },
});

export function operation(
  operationId: string,
  summary: string,
  ...decorators: MethodDecorator[]
): MethodDecorator {
  return applyDecorators(ApiOperation({ operationId, summary }), ApiBearerAuth(), ...decorators);
}

export function problems(...codes: ProblemCode[]): MethodDecorator[] {
  return answers(...codes, ...ALWAYS);
}

/** The problem answers of a route that needs no token. Problems with the same status become one response. */
export function answers(...codes: ProblemCode[]): MethodDecorator[] {
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  return [...byStatus].map(([status, sharing]) =>
    ApiResponse({
      status,
      description: sharing.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('; '),
      content: { 'application/problem+json': { schema: schema('Problem') } },
      ...(HEADERS[status] && { headers: HEADERS[status] }),
    }),
  );
}
