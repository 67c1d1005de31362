/**
 * Finds out who makes a request: by its bearer token (RFC 6750), or else by the session of the admin page. Then it checks
 * that the role may call the route.
 *
 * An admin may call everything. A viewer may read what is not marked `@AdminOnly()`, and may call what is marked
 * `@ReadsOnly()`. An address that sends many wrong tokens is locked out for a while. Then even a right token is refused
 * there.
 */
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Actor } from '../model/actor.ts';
import { Problem, unavailable } from '../rest/problem.ts';
import { IssuerUnavailable } from './issuer-keys.ts';
import { Lockout } from './lockout.ts';
import { OidcTokens, type OidcVerdict, type UnfitClaim } from './oidc-tokens.ts';
import { PageSessions, type CookieHeaders } from './page-sessions.ts';
import type { RouteAccess } from './route-access.ts';
import { StaticTokens } from './static-tokens.ts';

interface Request {
  readonly headers: CookieHeaders & { readonly authorization?: string | undefined };
  readonly method: string;
  readonly ip: string;
}
type Sessions = Pick<PageSessions, 'isBrought' | 'of'>;
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
export class BearerTokens {
  readonly #logger = new Logger(BearerTokens.name);

  constructor(
    @Inject(StaticTokens) private readonly staticTokens: StaticTokens,
    /** Null: there is no issuer. */
    @Inject(OidcTokens) private readonly oidcTokens: Pick<OidcTokens, 'judge'> | null,
    @Inject(Lockout) private readonly lockout: Lockout,
    /** Null: people cannot sign in at an issuer. */
    @Inject(PageSessions) private readonly sessions: Sessions | null = null,
  ) {}

  /**
   * @param route the marks of its route.
   * @returns who makes the request; null for a public route.
   * @throws Problem `unauthorized`, `forbidden`, `too_many_requests`, or `service_unavailable` when the issuer is away.
   */
  async admit(request: Request, reply: Reply, { access }: RouteAccess): Promise<Actor | null> {
    if (access === 'public') return null;
    const actor = await this.#actorOf(request, reply);
    const reads = access === 'viewer' || (access !== 'admin' && READING.includes(request.method));
    if (actor.role !== 'admin' && !reads) {
      throw new Problem('forbidden', `This needs the role admin, but ${actor.name} has the role viewer`);
    }
    return actor;
  }

  async #actorOf(request: Request, reply: Reply): Promise<Actor> {
    const token = bearerToken(request.headers.authorization);
    if (token === null && this.sessions?.isBrought(request.headers))
      return this.#actorOfSession(request, reply, this.sessions);
    if (token === null) {
      reply.header('WWW-Authenticate', CHALLENGE);
      throw new Problem('unauthorized', 'Send the header "Authorization: Bearer <token>" with your token');
    }
    this.#refuseLockedOut(request.ip, reply);
    const verdict = await this.#judge(token);
    if (typeof verdict === 'object' && 'actor' in verdict) return verdict.actor;
    if (verdict === 'without role') {
      throw new Problem(
        'forbidden',
        'The token is valid, but its subject has neither the role admin nor viewer',
      );
    }
    // Clients go on with a token that has expired until they notice, may have a new key first, a clock that is fast, or a
    // token that the issuer made for something else: no guesses.
    if (verdict === 'wrong' && this.lockout.noteWrongToken(request.ip))
      this.#logger.warn(`${request.ip} has sent too many wrong tokens and is locked out`);
    reply.header('WWW-Authenticate', `${CHALLENGE}, error="invalid_token"`);
    throw new Problem('unauthorized', typeof verdict === 'string' ? REFUSALS[verdict] : unfitClaim(verdict));
  }

  async #actorOfSession(request: Request, reply: Reply, sessions: Sessions): Promise<Actor> {
    this.#refuseLockedOut(request.ip, reply);
    const session = await sessions.of(request.headers);
    if (session) return session.actor;
    reply.header('WWW-Authenticate', CHALLENGE);
    throw new Problem('unauthorized', 'The session of the admin page has ended: sign in again');
  }

  async #judge(token: string): Promise<OidcVerdict> {
    const actor = this.staticTokens.actorOf(token);
    if (actor) return { actor };
    try {
      return (await this.oidcTokens?.judge(token)) ?? 'wrong';
    } catch (error) {
      if (!(error instanceof IssuerUnavailable)) throw error;
      throw unavailable('issuer', `${error.message}, so this token cannot be checked`);
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

function unfitClaim({ unfit, rule }: UnfitClaim): string {
  return `The bearer token is the issuer's, but cannot be used: its claim ${unfit} must ${rule}`;
}

/** The token of the header, or null when it has none (RFC 9110 section 11.4: the scheme's case does not matter). */
export function bearerToken(authorization: string | undefined): string | null {
  return /^bearer +([!-~]+)[ \t]*$/i.exec(authorization ?? '')?.[1] ?? null;
}
