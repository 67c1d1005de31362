/**
 * What the service answers when it refuses or fails (RFC 9457), as an error that queries and mutations throw. Also what
 * happens when no answer comes at all: `offline`. Views ask `code`, never the text.
 */
import type { Problem } from './generated/types.gen';

export type ProblemCode = Problem['code'] | 'offline' | 'not_a_problem';

export type FieldFault = NonNullable<Problem['errors']>[number];
type Params = NonNullable<Problem['params']>;

export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    readonly code: ProblemCode,
    readonly status: number | null,
    readonly detail: string,
    readonly faults: readonly FieldFault[] = [],
    readonly requestId: string | null = null,
    readonly retryAfterSeconds: number | null = null,
    readonly params: Params = {},
  ) {
    super(`${code}: ${detail}`);
  }
}

/** @param response undefined when none came. */
export function toProblemError(error: unknown, response: Response | undefined): ProblemError {
  if (error instanceof ProblemError) return error;
  if (response === undefined) return new ProblemError('offline', null, '');
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(retryAfter) ? retryAfter : null;
  const requestId = response.headers.get('x-request-id');
  if (!isProblem(error)) return new ProblemError('not_a_problem', response.status, '', [], requestId);
  const { code, detail, errors = [], params } = error;
  return new ProblemError(code, response.status, detail, errors, requestId, retryAfterSeconds, params);
}

export function isProblemCode(error: unknown, ...codes: ProblemCode[]): error is ProblemError {
  return error instanceof ProblemError && codes.includes(error.code);
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
}
