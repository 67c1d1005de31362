/**
 * Signs people in to the admin page at the issuer. It sends the browser there with a challenge, and makes a session when
 * the browser comes back.
 *
 * Between the two, a sealed cookie holds the challenge and the address of the page. So any instance can finish what
 * another one began, and nobody can finish it in another browser. If it fails, the fragment of the page's address says
 * why.
 *
 * Role and name come from the access token if it is a JWT for this service, and otherwise from the ID token.
 */
import { timingSafeEqual } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import type { SignInSettings } from './sign-in-settings.ts';
import { Cookie } from './cookies.ts';
import {
  newChallenge,
  SignInRefused,
  type Challenge,
  type IssuedTokens,
  type IssuerClient,
} from './issuer-client.ts';
import { IssuerUnavailable } from './issuer-keys.ts';
import type { OidcTokens, OidcVerdict } from './oidc-tokens.ts';
import type { PageSession, PageSessions, SealingKeys } from './page-sessions.ts';
import { Sealed } from './sealed.ts';

/** Why it did not work, as the page is told. */
export type SignInFault = 'refused' | 'not_begun_here' | 'issuer_away' | 'issuer_fault' | 'without_role';

/** What to answer: where to send the browser, and its cookies. */
export interface Redirection {
  readonly location: string;
  readonly cookies: readonly string[];
}

const SIGN_IN_PATH = '/api/v1/sign-in/oidc';
export const CALLBACK_PATH = `${SIGN_IN_PATH}/callback`;
const BEGUN_AT_MOST_MS = 600_000;
/** A cookie has at most 4 KiB. */
const MAX_RETURN_LENGTH = 1_500;
const NOT_USABLE = 'neither its access token nor its ID token can be used here';

const begunSchema = z.object({
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  return_to: z.string(),
});

export class SignIn {
  readonly #logger = new Logger(SignIn.name);
  readonly #cookie: Cookie;
  readonly #sealed: Sealed;

  constructor(
    private readonly settings: SignInSettings & SealingKeys,
    private readonly client: Pick<IssuerClient, 'authorizationUrl' | 'exchange'>,
    private readonly tokens: Pick<OidcTokens, 'judge'>,
    private readonly sessions: PageSessions,
    private readonly now: () => Date = () => new Date(),
  ) {
    this.#cookie = new Cookie('sign-in', settings.PUBLIC_URL, 'lax');
    this.#sealed = new Sealed(settings.SECRETS_KEY, 'sign-in', now);
  }

  /** What people know the issuer by. */
  get issuerHost(): string {
    return new URL(this.settings.OIDC_ISSUER).host;
  }

  /** At the address that the issuer leads back to, as cookies belong to a host. */
  get startUrl(): string {
    return this.settings.PUBLIC_URL + SIGN_IN_PATH;
  }

  /** @param returnTo path and query of the page that is open. */
  async begin(returnTo: string): Promise<Redirection> {
    const challenge = newChallenge();
    const path = this.#ownPath(returnTo);
    try {
      const url = await this.client.authorizationUrl(challenge);
      const until = new Date(this.now().getTime() + BEGUN_AT_MOST_MS);
      const begun = await this.#sealed.seal({ ...challenge, return_to: path }, until);
      return { location: url.href, cookies: [this.#cookie.set(begun)] };
    } catch (error) {
      return { location: this.#page(path, this.#faultOf(error)), cookies: [] };
    }
  }

  /**
   * @param query with which the issuer has sent the browser back.
   * @param cookieHeader of the request.
   */
  async finish(query: URLSearchParams, cookieHeader: string | undefined): Promise<Redirection> {
    const begun = await this.#begun(cookieHeader);
    if (!begun || !isSame(query.get('state') ?? '', begun.state))
      return { location: this.#page(begun?.return_to ?? '/', 'not_begun_here'), cookies: [] };
    const cookies = [this.#cookie.clear()];
    try {
      const session = await this.#sessionOf(await this.client.exchange(query, begun));
      if (session === null) return { location: this.#page(begun.return_to, 'without_role'), cookies };
      cookies.push(await this.sessions.begin(session));
      return { location: this.#page(begun.return_to, null), cookies };
    } catch (error) {
      return { location: this.#page(begun.return_to, this.#faultOf(error)), cookies };
    }
  }

  async #begun(cookieHeader: string | undefined): Promise<(Challenge & { return_to: string }) | null> {
    const text = this.#cookie.read(cookieHeader);
    const opened = text === null ? null : await this.#sealed.open(text);
    return opened && begunSchema.parse(opened.claims);
  }

  /** @returns null for somebody without a role. @throws SignInRefused, IssuerUnavailable */
  async #sessionOf({ accessToken, idToken }: IssuedTokens): Promise<PageSession | null> {
    const verdicts: OidcVerdict[] = [];
    for (const [token, audience] of [[accessToken], [idToken, this.settings.OIDC_CLIENT_ID]] as const) {
      const verdict = await this.tokens.judge(token, audience);
      if (typeof verdict === 'object' && 'actor' in verdict)
        return { actor: verdict.actor, expiresAt: this.#endOf(token) };
      verdicts.push(verdict);
    }
    if (verdicts.includes('without role')) return null;
    throw new SignInRefused(false, `${NOT_USABLE}: ${JSON.stringify(verdicts)}`);
  }

  #endOf(token: string): Date {
    const { OIDC_SESSION_LIFETIME: lifetimeMs } = this.settings;
    if (lifetimeMs !== undefined) return new Date(this.now().getTime() + lifetimeMs);
    return new Date(Number(decodeJwt(token).exp) * 1_000);
  }

  #faultOf(error: unknown): SignInFault {
    if (error instanceof IssuerUnavailable) return 'issuer_away';
    if (!(error instanceof SignInRefused)) throw error;
    if (error.byPerson) return 'refused';
    this.#logger.warn(`Somebody could not sign in at ${this.settings.OIDC_ISSUER}: ${error.message}`);
    return 'issuer_fault';
  }

  /** Never another site, whatever somebody has put into a link. */
  #ownPath(returnTo: string): string {
    const url = URL.parse(returnTo, this.settings.PUBLIC_URL);
    if (url?.origin !== this.settings.PUBLIC_URL || returnTo.length > MAX_RETURN_LENGTH) return '/';
    return url.pathname + url.search;
  }

  #page(path: string, fault: SignInFault | null): string {
    return `${this.settings.PUBLIC_URL}${path}${fault === null ? '' : `#sign-in=${fault}`}`;
  }
}

function isSame(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)];
  return one.length === other.length && timingSafeEqual(one, other);
}
