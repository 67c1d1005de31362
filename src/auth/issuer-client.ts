/**
 * The service as a client of the OpenID Connect issuer. It uses the authorization code flow with PKCE, by
 * `openid-client`. The service exchanges the code, not the browser. So the browser asks no other host and never holds a
 * token of the issuer.
 *
 * What the issuer publishes about itself is kept for ten minutes. An issuer that does not work is asked at most every
 * five seconds. The number of exchanges at one time is limited, because strangers may start them.
 */
import { Logger } from '@nestjs/common';
import * as oidc from 'openid-client';
import { Agent, fetch as undiciFetch } from 'undici';
import type { SignInSettings } from './sign-in-settings.ts';
import { IssuerUnavailable } from './issuer-keys.ts';

const KEPT_MS = 600_000;
const PAUSE_AFTER_FAILURE_MS = 5_000;
const DEADLINE_SECONDS = 5;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_EXCHANGES = 16;

/** What the issuer must send back unchanged. */
export interface Challenge {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface IssuedTokens {
  readonly accessToken: string;
  readonly idToken: string;
}

export function newChallenge(): Challenge {
  return {
    state: oidc.randomState(),
    nonce: oidc.randomNonce(),
    verifier: oidc.randomPKCECodeVerifier(),
  };
}

/** The issuer refused, or its answer was wrong. */
export class SignInRefused extends Error {
  override readonly name = 'SignInRefused';

  constructor(
    /** Whether the person cancelled it. */
    readonly byPerson: boolean,
    message: string,
  ) {
    super(message);
  }
}

// NODE_TLS_REJECT_UNAUTHORIZED does not turn the check of certificates off.
const dispatcher = new Agent({ maxResponseSize: MAX_ANSWER_BYTES, connect: { rejectUnauthorized: true } });
const boundedFetch = ((url: string, options: object) =>
  undiciFetch(url, { ...options, dispatcher })) as unknown as oidc.CustomFetch;

export class IssuerClient {
  readonly #logger = new Logger(IssuerClient.name);
  #kept: { readonly configuration: Promise<oidc.Configuration>; readonly until: number } | null = null;
  #exchanges = 0;

  /** @param now a clock that is never set back, in milliseconds. */
  constructor(
    private readonly settings: SignInSettings,
    private readonly redirectUri: string,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** @returns where to send the browser. @throws IssuerUnavailable */
  async authorizationUrl({ state, nonce, verifier }: Challenge): Promise<URL> {
    return oidc.buildAuthorizationUrl(await this.#configuration(), {
      redirect_uri: this.redirectUri,
      scope: this.settings.OIDC_SCOPES,
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
  }

  /**
   * @param query with which the issuer sent the browser back.
   * @throws SignInRefused, IssuerUnavailable
   */
  async exchange(query: URLSearchParams, { state, nonce, verifier }: Challenge): Promise<IssuedTokens> {
    if (this.#exchanges >= MAX_EXCHANGES)
      throw new IssuerUnavailable(`${MAX_EXCHANGES} people sign in at this very moment`);
    this.#exchanges += 1;
    try {
      const url = new URL(`${this.redirectUri}?${query.toString()}`);
      const checks = { expectedState: state, expectedNonce: nonce, pkceCodeVerifier: verifier };
      const tokens = await oidc.authorizationCodeGrant(await this.#configuration(), url, checks);
      return { accessToken: tokens.access_token, idToken: tokens.id_token ?? '' };
    } catch (error) {
      throw this.#meaning(error);
    } finally {
      this.#exchanges -= 1;
    }
  }

  #configuration(): Promise<oidc.Configuration> {
    if (this.#kept === null || this.now() >= this.#kept.until) {
      const asked = { configuration: this.#discover(), until: this.now() + KEPT_MS };
      this.#kept = asked;
      asked.configuration.catch(() => {
        this.#kept = { ...asked, until: this.now() + PAUSE_AFTER_FAILURE_MS };
      });
    }
    return this.#kept.configuration;
  }

  async #discover(): Promise<oidc.Configuration> {
    const { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: id, OIDC_CLIENT_SECRET: secret } = this.settings;
    try {
      return await oidc.discovery(new URL(issuer), id, undefined, authentication(secret), {
        timeout: DEADLINE_SECONDS,
        [oidc.customFetch]: boundedFetch,
        // The settings allow plain HTTP on loopback only.
        // eslint-disable-next-line @typescript-eslint/no-deprecated -- marked so to stand out
        execute: issuer.startsWith('http:') ? [oidc.allowInsecureRequests] : [],
      });
    } catch (error) {
      this.#logger.warn(`Nobody can sign in by the issuer ${issuer}: ${reasonOf(error)}`);
      throw new IssuerUnavailable(`The OpenID Connect issuer ${issuer} cannot be used`);
    }
  }

  #meaning(error: unknown): Error {
    if (error instanceof IssuerUnavailable) return error;
    if (error instanceof oidc.AuthorizationResponseError)
      return new SignInRefused(error.error === 'access_denied', reasonOf(error));
    const { ClientError, ResponseBodyError, WWWAuthenticateChallengeError } = oidc;
    const refused = error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError;
    if (refused || (error instanceof ClientError && error.code !== 'OAUTH_TIMEOUT'))
      return new SignInRefused(false, reasonOf(error));
    this.#logger.warn(`The issuer ${this.settings.OIDC_ISSUER} gave no token: ${reasonOf(error)}`);
    return new IssuerUnavailable(`The OpenID Connect issuer ${this.settings.OIDC_ISSUER} cannot be used`);
  }
}

/** By a header if the issuer accepts that. If the issuer does not say, it does (RFC 8414, section 2). */
function authentication(secret: string | undefined): oidc.ClientAuth {
  if (secret === undefined) return oidc.None();
  const [byHeader, inBody] = [oidc.ClientSecretBasic(secret), oidc.ClientSecretPost(secret)];
  return (server, ...rest) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    (methods.includes('client_secret_basic') ? byHeader : inBody)(server, ...rest);
  };
}

/** The message with its cause, because only the cause says why a connection failed. Neither holds a code or a token. */
function reasonOf(error: unknown): string {
  if (error instanceof oidc.AuthorizationResponseError || error instanceof oidc.ResponseBodyError)
    return [error.error, error.error_description].filter((part) => part !== undefined).join(': ');
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
