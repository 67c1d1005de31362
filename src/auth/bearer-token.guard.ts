/**
 * Lets a request through that carries a bearer token (RFC 6750) whose role may make it, or whose route is marked
 * `@Public()`: an admin may do everything, a viewer may read what is not marked `@AdminOnly()`. It notes on the request
 * who asks. Addresses that guess are locked out, right token or not, until their time is over.
 */
import { Inject, Injectable, Logger, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Actor } from '../model/actor.ts';
import { Problem } from '../rest/problem.ts';
import { ADMIN_ONLY } from './admin-only.ts';
import { IssuerUnavailable } from './issuer-keys.ts';
import { Lockout } from './lockout.ts';
import { OidcTokens, type OidcVerdict } from './oidc-tokens.ts';
import { PUBLIC } from './public.ts';
import { StaticTokens } from './static-tokens.ts';

interface Request {
  headers: { authorization?: string };
  method: string;
  ip: string;
  actor?: Actor;
}
interface Reply {
  header(name: string, value: string): unknown;
}

const CHALLENGE = 'Bearer realm="user-webhooks"';
const REFUSALS = {
  wrong: 'The bearer token is none that is known here',
  'unknown key': 'The bearer token is signed with a key that its issuer does not show, or not yet',
  expired: 'The bearer token has expired',
  'too early': 'The bearer token is not valid yet',
};
const READING = ['GET', 'HEAD'];

@Injectable()
export class BearerTokenGuard implements CanActivate {
  readonly #logger = new Logger(BearerTokenGuard.name);

  constructor(
    @Inject(Reflector) private readonly reflector: Reflector,
    @Inject(StaticTokens) private readonly staticTokens: StaticTokens,
    /** Null: there is no issuer. */
    @Inject(OidcTokens) private readonly oidcTokens: OidcTokens | null,
    @Inject(Lockout) private readonly lockout: Lockout,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    // Kafka handlers pass here too; the token is HTTP's.
    if (context.getType() !== 'http' || this.#marked(PUBLIC, context)) return true;
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const actor = await this.#actorOf(request, http.getResponse<Reply>());
    const reads = READING.includes(request.method) && !this.#marked(ADMIN_ONLY, context);
    if (actor.role !== 'admin' && !reads) {
      throw new Problem('forbidden', `This needs the role admin, but ${actor.name} has the role viewer`);
    }
    request.actor = actor;
    return true;
  }

  #marked(mark: string, context: ExecutionContext): boolean {
    return (
      this.reflector.getAllAndOverride<boolean | undefined>(mark, [
        context.getHandler(),
        context.getClass(),
      ]) ?? false
    );
  }

  async #actorOf(request: Request, reply: Reply): Promise<Actor> {
    const token = bearerToken(request.headers.authorization);
    if (token === null) {
      reply.header('WWW-Authenticate', CHALLENGE);
      throw new Problem('unauthorized', 'Send the header "Authorization: Bearer <token>" with your token');
    }
    this.#refuseLockedOut(request.ip, reply);
    const verdict = await this.#judge(token);
    if (typeof verdict !== 'string') return verdict.actor;
    if (verdict === 'without role') {
      throw new Problem(
        'forbidden',
        'The token is valid, but its subject has neither the role admin nor viewer',
      );
    }
    // Clients go on with a token that has expired until they notice, may have a new key first, or a clock that is fast:
    // no guesses.
    if (verdict === 'wrong' && this.lockout.noteWrongToken(request.ip))
      this.#logger.warn(`${request.ip} has sent too many wrong tokens and is locked out`);
    reply.header('WWW-Authenticate', `${CHALLENGE}, error="invalid_token"`);
    throw new Problem('unauthorized', REFUSALS[verdict]);
  }

  async #judge(token: string): Promise<OidcVerdict> {
    const actor = this.staticTokens.actorOf(token);
    if (actor) return { actor };
    try {
      return (await this.oidcTokens?.judge(token)) ?? 'wrong';
    } catch (error) {
      if (!(error instanceof IssuerUnavailable)) throw error;
      throw new Problem('service_unavailable', `${error.message}, so this token cannot be checked`);
    }
  }

  #refuseLockedOut(address: string, reply: Reply): void {
    const seconds = Math.ceil(this.lockout.remainingMs(address) / 1_000);
    if (seconds === 0) return;
    reply.header('Retry-After', String(seconds));
    throw new Problem(
      'too_many_requests',
      `Too many wrong tokens came from ${address}: no token is taken from there for ${seconds} seconds`,
    );
  }
}

/** The token of the header, or null when it has none (RFC 9110 section 11.4: the scheme's case does not matter). */
export function bearerToken(authorization: string | undefined): string | null {
  return /^bearer +([!-~]+)[ \t]*$/i.exec(authorization ?? '')?.[1] ?? null;
}
