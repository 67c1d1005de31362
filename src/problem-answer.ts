/** A problem as it is sent: `application/problem+json`, RFC 9457. */
import { PROBLEMS, type Problem, type ProblemAnswer } from './model/problem.ts';

export const PROBLEM_JSON = 'application/problem+json';

export function problemAnswer(problem: Problem, requestId: string): ProblemAnswer {
  const { status, title } = PROBLEMS[problem.code];
  return {
    type: `urn:user-webhooks:problem:${problem.code}`,
    title,
    status,
    detail: problem.detail,
    code: problem.code,
    ...(problem.errors.length > 0 && { errors: [...problem.errors] }),
    instance: `urn:user-webhooks:request:${requestId}`,
  };
}
