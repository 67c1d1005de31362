/**
 * Finds out who a JWT of the OpenID Connect issuer stands for. jose checks the signature (asymmetric algorithms only),
 * `iss`, `aud`, `exp`, `nbf` and their types. The role comes from one claim. A wrong token is a result, not an exception.
 * Only an issuer whose keys cannot be fetched is an exception.
 *
 * A token with several audiences is valid for each of them (RFC 7519 section 4.1.3). `azp` is not checked: in access
 * tokens it names the client that asked for the token, not the service that takes it.
 */
import { decodeJwt, errors, type JWTPayload, type JWTVerifyOptions } from 'jose';
import type { Actor, Role } from '../model/actor.ts';
import type { AuthSettings } from './auth.settings.ts';
import { IssuerUnavailable, type IssuerKeys } from './issuer-keys.ts';

const ALGORITHMS: JWTVerifyOptions['algorithms'] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as JWTVerifyOptions['algorithms'];
const CLOCK_TOLERANCE_SECONDS = 30;
/** OpenID Connect allows 255 characters; the audit trail takes no control characters. */
const SUBJECT = /^[^\p{Cc}\p{Cs}]{1,255}$/u;

/** What claims must be. The issuer has signed the token, so the sender may learn what is wrong with it. */
const RULES = {
  aud: 'name OIDC_AUDIENCE',
  sub: 'be a text of 1 to 255 characters without control characters',
  exp: 'be a number, the second at which the token ends',
  nbf: 'be a number where it is there',
  iat: 'be a number where it is there',
};

/** A claim of a token that the issuer has signed is not what it must be. */
export interface UnfitClaim {
  readonly unfit: keyof typeof RULES;
  /** Follows `its claim … must`. */
  readonly rule: string;
}

/** `unknown key`: the issuer does not show the key, perhaps not yet. */
type Refusal = 'wrong' | 'unknown key' | 'expired' | 'too early' | UnfitClaim;
export type OidcVerdict = { readonly actor: Actor } | Refusal | 'without role';

export type OidcSettings = Pick<
  AuthSettings,
  'OIDC_AUDIENCE' | 'OIDC_ROLE_CLAIM' | 'OIDC_ADMIN_VALUES' | 'OIDC_VIEWER_VALUES'
> & { readonly OIDC_ISSUER: string };

export class OidcTokens {
  constructor(
    private readonly settings: OidcSettings,
    private readonly keys: Pick<IssuerKeys, 'verify'>,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /**
   * @param audience whom the token must be for.
   * @throws IssuerUnavailable when its keys are needed and cannot be had.
   */
  async judge(token: string, audience = this.settings.OIDC_AUDIENCE ?? ''): Promise<OidcVerdict> {
    let payload: JWTPayload;
    try {
      payload = await this.#verified(token, audience);
    } catch (error) {
      if (error instanceof IssuerUnavailable) throw error;
      return refusal(error);
    }
    const sub: unknown = payload.sub;
    if (typeof sub !== 'string' || !SUBJECT.test(sub)) return unfit('sub');
    const role = roleOf(payload, this.settings);
    return role === null ? 'without role' : { actor: { kind: 'oidc', name: sub, role } };
  }

  /** @throws what jose throws, or IssuerUnavailable. */
  async #verified(token: string, audience: string): Promise<JWTPayload> {
    const { OIDC_ISSUER } = this.settings;
    // A token of another issuer is no reason to fetch keys.
    if (decodeJwt(token).iss !== OIDC_ISSUER) throw new errors.JWTInvalid('another issuer');
    return this.keys.verify(token, {
      algorithms: ALGORITHMS ?? [],
      issuer: OIDC_ISSUER,
      audience,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: this.now(),
      requiredClaims: ['sub', 'exp'],
    });
  }
}

function refusal(error: unknown): Refusal {
  if (error instanceof errors.JWKSNoMatchingKey) return 'unknown key';
  if (error instanceof errors.JWTExpired) return 'expired';
  // jose looks at claims when the signature is right.
  if (!(error instanceof errors.JWTClaimValidationFailed)) return 'wrong';
  if (error.claim === 'nbf' && error.reason === 'check_failed') return 'too early';
  return error.claim in RULES ? unfit(error.claim as keyof typeof RULES) : 'wrong';
}

function unfit(claim: keyof typeof RULES): UnfitClaim {
  return { unfit: claim, rule: RULES[claim] };
}

/** The role that the claim gives; that of an admin where it gives both. */
export function roleOf(payload: JWTPayload, settings: Omit<OidcSettings, 'OIDC_ISSUER'>): Role | null {
  const claim = memberOf(payload, settings.OIDC_ROLE_CLAIM);
  const values = Array.isArray(claim) ? claim : [claim];
  const has = (wanted: readonly string[]): boolean =>
    values.some((value) => typeof value === 'string' && wanted.includes(value));
  if (has(settings.OIDC_ADMIN_VALUES)) return 'admin';
  return has(settings.OIDC_VIEWER_VALUES) ? 'viewer' : null;
}

/** A member of that very name, which may have dots in it as URLs do; else what the path leads to. */
function memberOf(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, name)
          ? (value as Record<string, unknown>)[name]
          : undefined,
      payload,
    );
}
