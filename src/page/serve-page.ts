/**
 * Serves the admin page. Anybody may load it: it holds nothing but what is in this repository, and asks for a token before
 * it shows anything. The shell is never kept by a browser, so a new version shows at once; assets are kept for ever.
 */
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { RouteAccess } from '../auth/route-access.ts';
import type { PageFiles } from './page-files.ts';
import { ASSET_CACHING, pagePolicy } from './page-headers.ts';
import { PAGE_PATHS } from './page-paths.ts';

const PUBLIC: RouteAccess = { access: 'public' };

export async function servePage(app: NestFastifyApplication, files: PageFiles): Promise<void> {
  const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
  await fastify.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, ...PUBLIC };
    });
    for (const path of PAGE_PATHS) scope.get(path, (_request, reply) => sendShell(reply, files));
    await scope.register(fastifyStatic, {
      root: files.assetsDir,
      prefix: '/assets/',
      // One route per file, found at start: what is not there is not found, as any other path.
      wildcard: false,
      index: false,
      preCompressed: true,
      cacheControl: false,
      decorateReply: false,
      setHeaders: (reply) => {
        void reply.header('Cache-Control', ASSET_CACHING);
      },
    });
  });
}

function sendShell(reply: FastifyReply, files: PageFiles): FastifyReply {
  const { html, nonce } = files.shell();
  return reply
    .headers({ 'Content-Security-Policy': pagePolicy(nonce) })
    .type('text/html; charset=utf-8')
    .send(html);
}
