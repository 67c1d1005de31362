/**
 * Answers every failed request with RFC 9457 problem details, from the one table in `problem.ts`.
 *
 * It tells errors apart by type, status and code, never by message text. Each room says what its own errors mean
 * (`ProblemOf`). Any other error is a fault of ours: its message and stack are logged, and the caller gets
 * `internal_error` without them.
 */
import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import {
  PROBLEM_JSON,
  PROBLEMS,
  Problem,
  problemAnswer,
  type ProblemCause,
  type ProblemCode,
  type ProblemOf,
  unavailable,
} from './problem.ts';
import type { RouteTable } from './route-table.ts';

/** The problem for a status that the framework or the router gave. Any other 4xx is a `malformed_request`. */
const BY_STATUS: Readonly<Record<number, [ProblemCode, string]>> = {
  404: ['not_found', 'There is nothing at this path'],
  413: ['payload_too_large', 'The body is larger than this service accepts'],
  415: ['unsupported_media_type', 'Send the body as application/json'],
};

@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger(ProblemFilter.name);

  /** @param problemOf one function per room whose errors mean something to a caller. */
  constructor(
    private readonly routes: RouteTable,
    private readonly problemOf: readonly ProblemOf[],
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    // Errors of the event stream are not handled here.
    if (host.getType() !== 'http') throw exception;
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = this.#toProblem(exception, request, reply);
    void reply
      .status(PROBLEMS[problem.code].status)
      .header('Content-Type', PROBLEM_JSON)
      .send(problemAnswer(problem, request.id));
  }

  #toProblem(exception: unknown, request: FastifyRequest, reply: FastifyReply): Problem {
    if (exception instanceof Problem) return exception;
    const cause = this.#causeOf(exception);
    if (cause) {
      if (cause.logged) this.#logger[cause.logged](`Request ${request.id} failed: ${String(exception)}`);
      return new Problem(cause.code, cause.detail, cause.errors, cause.params);
    }
    const status = statusOf(exception);
    // For an unknown path the body may have been refused first. The answer is 404 all the same.
    if (status === 404 || (request.is404 && status !== null && status < 500))
      return this.#notFound(request, reply);
    if (status === 503) return unavailable('service', 'The service is starting or stopping');
    if (status !== null && status >= 400 && status < 500) {
      const [code, detail] = BY_STATUS[status] ?? ['malformed_request', 'The request could not be read'];
      return new Problem(code, detail);
    }
    this.#logFault(exception, request);
    return new Problem(
      'internal_error',
      `The cause is in the service's log, under the request ${request.id}`,
    );
  }

  #causeOf(exception: unknown): ProblemCause | null {
    for (const problemOf of this.problemOf) {
      const cause = problemOf(exception);
      if (cause) return cause;
    }
    return null;
  }

  #notFound(request: FastifyRequest, reply: FastifyReply): Problem {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = this.routes.methodsOf(path);
    if (allowed.length === 0 || allowed.includes(request.method)) {
      return new Problem('not_found', `There is nothing at ${path}`);
    }
    void reply.header('Allow', allowed.join(', '));
    return new Problem('method_not_allowed', `${path} has no ${request.method}, only ${allowed.join(', ')}`);
  }

  /** Logs message and stack only. Other properties may hold secrets: errors of TypeORM hold all parameters. */
  #logFault(exception: unknown, request: FastifyRequest): void {
    const error = exception instanceof Error ? exception : new Error(String(exception));
    this.#logger.error(`${request.method} of request ${request.id} failed: ${error.message}`, error.stack);
  }
}

/** The HTTP status that an error of Nest or Fastify asks for. */
function statusOf(exception: unknown): number | null {
  if (exception instanceof HttpException) return exception.getStatus();
  if (!(exception instanceof Error) || !('statusCode' in exception)) return null;
  return typeof exception.statusCode === 'number' ? exception.statusCode : null;
}
