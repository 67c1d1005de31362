/**
 * Checks the token in the first hook of a request, before a byte of its body is read. So a request of a stranger costs
 * almost nothing. It notes on the request who sent it. A path that does not exist is answered here as well, for the same
 * reason.
 */
import { NotFoundException } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Actor } from '../model/actor.ts';
import type { BearerTokens } from './bearer-tokens.ts';
import type { RouteAccess } from './route-access.ts';

/** The files of the documentation page. They have no controller that could be marked. */
const DOCUMENTATION = /^\/api\/(?:docs(?:\/|$)|openapi\.json$)/;

/** @param tokens asked for with the first request: they are made after the hook is in its place. */
export function askForTokens(fastify: FastifyInstance, tokens: () => BearerTokens): void {
  fastify.addHook('onRequest', async (request: FastifyRequest & { actor?: Actor }, reply) => {
    if (request.is404) throw new NotFoundException();
    const { url = '', config } = request.routeOptions;
    if (DOCUMENTATION.test(url)) return;
    const actor = await tokens().admit(request, reply, config as RouteAccess);
    if (actor) request.actor = actor;
  });
}
