/** Sets the path prefix of the API, and the filter that answers failed requests. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RestSettings } from './rest.settings.ts';
import { HttpAdapter } from './http-adapter.ts';
import { limitRequests } from './request-limit.ts';
import { ProblemFilter } from './problem.filter.ts';
import type { ProblemOf } from './problem.ts';

/** Paths that do not have the prefix of the versioned API. */
const UNPREFIXED = ['health/live', 'health/ready', 'metrics', '.well-known/jwks.json'];

/** Under this path is what is limited. */
const API = '/api/v1/';
/** Requests to it that are worked at at once. */
const MAX_REQUESTS = 64;

/** @param maxConnections that may be open at once. */
export function createHttpAdapter(
  { TRUSTED_PROXIES }: Pick<RestSettings, 'TRUSTED_PROXIES'>,
  maxConnections: number,
): HttpAdapter {
  return new HttpAdapter(TRUSTED_PROXIES, maxConnections);
}

/**
 * @param app must have been made with the adapter of `createHttpAdapter`.
 * @param problemOf one function per room whose errors mean something to a caller.
 */
export function configureHttp(app: NestFastifyApplication, problemOf: readonly ProblemOf[]): void {
  const adapter = app.getHttpAdapter();
  if (!(adapter instanceof HttpAdapter))
    throw new Error('The application must be made with the adapter of createHttpAdapter()');
  limitRequests(adapter.getInstance(), API, MAX_REQUESTS);
  app.setGlobalPrefix('api/v1', { exclude: UNPREFIXED });
  app.useGlobalFilters(new ProblemFilter(adapter.routes, problemOf));
}
