/**
 * Marks on a route that say who may call it. Without a mark, an admin may call every route, and a viewer every route that
 * only reads. The mark is in the configuration of the route, so it is known before a byte of the body is read.
 */
import { RouteConfig } from '@nestjs/platform-fastify';

export interface RouteAccess {
  /**
   * `public`: anybody, without a token. `admin`: only an admin, also where it only reads. `viewer`: a viewer too, as it
   * changes nothing, whatever its method.
   */
  readonly access?: 'public' | 'admin' | 'viewer';
}

const mark = (access: RouteAccess): MethodDecorator => RouteConfig(access);

export const Public = (): MethodDecorator => mark({ access: 'public' });
export const AdminOnly = (): MethodDecorator => mark({ access: 'admin' });
export const ReadsOnly = (): MethodDecorator => mark({ access: 'viewer' });
