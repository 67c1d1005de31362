/** The HTTP edge: where routes live and how failures look. `main.ts` calls these two and knows no more. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { Settings } from './config/config.module.ts';
import { HttpAdapter } from './http-adapter.ts';
import { ProblemFilter } from './problem.filter.ts';

/** Paths outside the versioned API. */
const UNPREFIXED = ['health/live', 'health/ready', '.well-known/jwks.json'];

export function createHttpAdapter({ TRUSTED_PROXIES }: Pick<Settings, 'TRUSTED_PROXIES'>): HttpAdapter {
  return new HttpAdapter(TRUSTED_PROXIES);
}

/** @param app made with the adapter of `createHttpAdapter`. */
export function configureHttp(app: NestFastifyApplication): void {
  const adapter = app.getHttpAdapter();
  if (!(adapter instanceof HttpAdapter))
    throw new Error('The application needs the adapter of createHttpAdapter()');
  app.setGlobalPrefix('api/v1', { exclude: UNPREFIXED });
  app.useGlobalFilters(new ProblemFilter(adapter.routes));
}
