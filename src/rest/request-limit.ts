/**
 * Limits how many REST requests are worked on at once. Each holds its body and its answer in memory, and waits for
 * PostgreSQL.
 */
import type { FastifyInstance } from 'fastify';
import { unavailable } from './problem.ts';

const RETRY_AFTER_SECONDS = '1';

/**
 * Call it after whatever refuses strangers: they take no place. Health and documentation take none either.
 * @param path that the routes begin with.
 */
export function limitRequests(fastify: FastifyInstance, path: string, most: number): void {
  let underWay = 0;
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.routeOptions.url?.startsWith(path)) {
      done();
      return;
    }
    if (underWay >= most) {
      void reply.header('Retry-After', RETRY_AFTER_SECONDS);
      done(unavailable('requests', `${most} requests are under way at once; try again in a moment`));
      return;
    }
    underWay += 1;
    reply.raw.once('close', () => {
      underWay -= 1;
    });
    done();
  });
}
