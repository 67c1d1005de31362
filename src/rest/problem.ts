/**
 * The one table of errors of the REST API, both the caller's mistakes and our faults. Each has a stable `code`, an HTTP
 * status and a title. Answers are RFC 9457 problem details. A test compares this table with the one in `docs/rest.md`.
 */
import { z } from 'zod';
import { FAULT_CODES, type Fault, type FieldFault } from '../model/field-fault.ts';

export const PROBLEMS = {
  malformed_request: { status: 400, title: 'The request could not be read' },
  validation_failed: { status: 400, title: 'The request has members that are missing or wrong' },
  unauthorized: { status: 401, title: 'A valid bearer token is needed' },
  forbidden: { status: 403, title: 'The role of the token does not allow this' },
  not_found: { status: 404, title: 'There is no such thing' },
  method_not_allowed: { status: 405, title: 'The path does not have this method' },
  duplicate_url: { status: 409, title: 'Another webhook has this URL' },
  webhook_disabled: { status: 409, title: 'The webhook is disabled' },
  event_expired: { status: 410, title: 'The log no longer has the event' },
  precondition_failed: { status: 412, title: 'The webhook was changed meanwhile' },
  payload_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON' },
  too_many_requests: { status: 429, title: 'Too many wrong tokens came from this address' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  role_not_running: { status: 503, title: 'No running process does this part of the work' },
  service_unavailable: { status: 503, title: 'Something this needs is not available' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

/** What `service_unavailable` can be about. */
export const UNAVAILABLE = [
  'database',
  'kafka',
  'acknowledgement',
  'secrets',
  'issuer',
  'requests',
  'service',
] as const;

/** Values of this case that `detail` names, for programs. */
const problemParams = z.strictObject({
  unavailable: z
    .enum(UNAVAILABLE)
    .optional()
    .describe(
      'With `service_unavailable`: what is. `acknowledgement`: it was sent, and Kafka has not said that it has it; `secrets`: they cannot be decrypted; `requests`: too many are under way; `service`: it starts or stops',
    ),
  log_begins_at: z
    .string()
    .meta({ format: 'date-time' })
    .optional()
    .describe('With `event_expired`: since when the log has records'),
  role: z.string().optional().describe('With `role_not_running`: the role'),
});
export type ProblemParams = Readonly<z.output<typeof problemParams>>;

/** What an error of a room means for a caller. A room that may not import `rest` returns an object of this shape. */
export interface ProblemCause {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly errors?: readonly FieldFault[];
  readonly params?: ProblemParams;
  /** The level at which the error is logged. Undefined if only the caller can correct it: then it is not logged. */
  readonly logged?: 'warn' | 'error';
}

/** Says what an error means for a caller; null for an error of another room. */
export type ProblemOf = (error: unknown) => ProblemCause | null;

/** Thrown where a caller's mistake is found. `ProblemFilter` turns it into the answer. */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    /** What was wrong this time, with which value, and what to do. */
    readonly detail: string,
    readonly errors: readonly FieldFault[] = [],
    readonly params?: ProblemParams,
  ) {
    super(detail);
    this.name = 'Problem';
  }
}

/** For a rule that is checked after the schema, and that one member breaks. */
export function fieldProblem(field: string, found: Fault): Problem {
  return new Problem('validation_failed', `${field} ${found.message}`, [{ field, ...found }]);
}

export function unavailable(what: (typeof UNAVAILABLE)[number], detail: string): Problem {
  return new Problem('service_unavailable', detail, [], { unavailable: what });
}

export const fieldFaultSchema = z.strictObject({
  field: z.string().describe('The member or parameter; empty for the body as a whole'),
  message: z.string().describe('What it must be, for people'),
  code: z.enum(FAULT_CODES).describe('What is wrong, for programs; it never changes its meaning'),
  params: z
    .record(z.string(), z.union([z.string(), z.number(), z.array(z.string())]))
    .optional()
    .describe('The values that the message names, such as `max`'),
});

/** The answer as it is sent (`application/problem+json`, RFC 9457). */
export const problemSchema = z.strictObject({
  type: z.string().meta({ format: 'uri', description: 'Names the kind of problem; as stable as `code`' }),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().describe('What was wrong in this case, with which value, and what to do'),
  code: z.enum(PROBLEM_CODES),
  errors: z.array(fieldFaultSchema).optional().describe('What is wrong, member by member'),
  params: problemParams.optional().describe('Values of this case that `detail` names, for programs'),
  instance: z
    .string()
    .meta({ format: 'uri', description: 'Names this occurrence; holds the id of the request' }),
});
export type ProblemAnswer = z.output<typeof problemSchema>;

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
    ...(problem.params && { params: problem.params }),
    instance: `urn:user-webhooks:request:${requestId}`,
  };
}
