/**
 * The session of a person who signed in to the admin page at the identity provider: name, role and end, sealed into a
 * cookie. The tokens of the provider never reach the browser. Nothing is stored here, so every instance accepts the
 * cookie.
 *
 * A browser sends a cookie with every request, whichever page makes it. So the cookie counts only together with the
 * header `X-CSRF: 1`, which a page of another origin cannot send. If a setting changes that decides who may do what, all
 * sessions end.
 */
import type { Actor } from '../model/actor.ts';
import { ROLES } from '../model/actor.ts';
import type { AuthSettings } from './auth.settings.ts';
import { Cookie } from './cookies.ts';
import { Sealed } from './sealed.ts';

const CSRF_HEADER = 'x-csrf';

export interface CookieHeaders {
  readonly cookie?: string | undefined;
  readonly [CSRF_HEADER]?: string | string[] | undefined;
}

export interface PageSession {
  readonly actor: Actor;
  readonly expiresAt: Date;
}

/** The keys of `SECRETS_KEY`, as this room needs them. */
export interface SealingKeys {
  readonly SECRETS_KEY: readonly Buffer[];
}

export class PageSessions {
  readonly #sealed: Sealed;
  readonly #cookie: Cookie;

  constructor(settings: AuthSettings & SealingKeys, publicUrl: string, now: () => Date = () => new Date()) {
    const { OIDC_ISSUER, OIDC_AUDIENCE, OIDC_ROLE_CLAIM, OIDC_ADMIN_VALUES, OIDC_VIEWER_VALUES } = settings;
    const whoMay = [OIDC_ISSUER, OIDC_AUDIENCE, OIDC_ROLE_CLAIM, OIDC_ADMIN_VALUES, OIDC_VIEWER_VALUES];
    this.#sealed = new Sealed(settings.SECRETS_KEY, JSON.stringify(['page session', ...whoMay]), now);
    this.#cookie = new Cookie('session', publicUrl, 'strict');
  }

  /** @returns the header `Set-Cookie`. */
  async begin({ actor, expiresAt }: PageSession): Promise<string> {
    return this.#cookie.set(await this.#sealed.seal({ sub: actor.name, role: actor.role }, expiresAt));
  }

  end(): string {
    return this.#cookie.clear();
  }

  /** Whether the request brings a session along, good or not. */
  isBrought(headers: CookieHeaders): boolean {
    return headers[CSRF_HEADER] === '1' && this.#cookie.read(headers.cookie) !== null;
  }

  /** @returns null if there is no session, or if it has ended. */
  async of(headers: CookieHeaders): Promise<PageSession | null> {
    const text = this.#cookie.read(headers.cookie);
    if (text === null || headers[CSRF_HEADER] !== '1') return null;
    const opened = await this.#sealed.open(text);
    const role = ROLES.find((one) => one === opened?.claims['role']);
    if (!opened || role === undefined || opened.claims.sub === undefined) return null;
    return { actor: { kind: 'oidc', name: opened.claims.sub, role }, expiresAt: opened.expiresAt };
  }
}
