/**
 * Lets a request through that carries the admin token (`Authorization: Bearer`, RFC 6750), or whose route is marked
 * `@Public()`. Hashes are compared, in constant time, so neither length nor prefix of the token can be measured.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { SETTINGS, type Settings } from '../config/config.module.ts';
import { Problem } from '../model/problem.ts';
import { PUBLIC } from './public.ts';

/** What a token may do. */
export type Role = 'admin';

interface Request {
  headers: { authorization?: string };
}
interface Reply {
  header(name: string, value: string): unknown;
}

const CHALLENGE = 'Bearer realm="user-webhooks"';

@Injectable()
export class BearerTokenGuard implements CanActivate {
  readonly #adminToken: Buffer;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {
    this.#adminToken = hash(settings.ADMIN_TOKEN);
  }

  canActivate(context: ExecutionContext): boolean {
    // Kafka handlers pass here too; the token is HTTP's.
    if (context.getType() !== 'http') return true;
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()]))
      return true;
    const http = context.switchToHttp();
    const token = bearerToken(http.getRequest<Request>().headers.authorization);
    if (token !== null && this.#roleOf(token) !== null) return true;
    const refused = token === null ? CHALLENGE : `${CHALLENGE}, error="invalid_token"`;
    http.getResponse<Reply>().header('WWW-Authenticate', refused);
    throw new Problem(
      'unauthorized',
      token === null
        ? 'Send the header "Authorization: Bearer <token>" with the token of the ADMIN_TOKEN setting'
        : 'The bearer token is not the one of the ADMIN_TOKEN setting',
    );
  }

  #roleOf(token: string): Role | null {
    return timingSafeEqual(hash(token), this.#adminToken) ? 'admin' : null;
  }
}

/** The token of the header, or null when it has none (RFC 9110 section 11.4: the scheme's case does not matter). */
export function bearerToken(authorization: string | undefined): string | null {
  return /^bearer +([!-~]+)[ \t]*$/i.exec(authorization ?? '')?.[1] ?? null;
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
