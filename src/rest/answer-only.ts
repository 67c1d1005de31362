/** Lets a process answer some paths only. All other paths answer 404, as if they had no routes. */
import type { FastifyInstance } from 'fastify';
import { Problem, PROBLEM_JSON, problemAnswer } from './problem.ts';

/** @param paths without a query. */
export function answerOnly(fastify: FastifyInstance, paths: readonly string[]): void {
  const known = new Set(paths);
  fastify.addHook('onRequest', async (request, reply) => {
    const [path = ''] = request.url.split('?');
    if (known.has(path)) return;
    const problem = new Problem(
      'not_found',
      `This process has no REST API, as ROLES does not name api: ask one that has it.`,
    );
    await reply.code(404).type(PROBLEM_JSON).send(problemAnswer(problem, request.id));
  });
}
