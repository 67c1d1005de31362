/**
 * Who a JWT of the OpenID Connect issuer speaks for. Signature (asymmetric algorithms only), `iss`, `aud`, `exp` and `nbf`
 * are checked by jose; the role comes from one claim. What is wrong with a token is data; only an issuer whose keys
 * cannot be had is thrown.
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

/** `unknown key`: the issuer does not show the key, perhaps not yet. */
type Refusal = 'wrong' | 'unknown key' | 'expired' | 'too early';
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

  /** @throws IssuerUnavailable when its keys are needed and cannot be had. */
  async judge(token: string): Promise<OidcVerdict> {
    const payload = await this.#verified(token);
    if (typeof payload === 'string') return payload;
    const { sub } = payload;
    if (sub === undefined || !SUBJECT.test(sub)) return 'wrong';
    const role = roleOf(payload, this.settings);
    return role === null ? 'without role' : { actor: { kind: 'oidc', name: sub, role } };
  }

  async #verified(token: string): Promise<JWTPayload | Refusal> {
    const { OIDC_ISSUER, OIDC_AUDIENCE = '' } = this.settings;
    try {
      // What is not of this issuer anyway is no reason to ask it for keys.
      if (decodeJwt(token).iss !== OIDC_ISSUER) return 'wrong';
      return await this.keys.verify(token, {
        algorithms: ALGORITHMS ?? [],
        issuer: OIDC_ISSUER,
        audience: OIDC_AUDIENCE,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: this.now(),
        requiredClaims: ['sub', 'exp'],
      });
    } catch (error) {
      if (error instanceof IssuerUnavailable) throw error;
      return refusal(error);
    }
  }
}

function refusal(error: unknown): Refusal {
  if (error instanceof errors.JWKSNoMatchingKey) return 'unknown key';
  if (error instanceof errors.JWTExpired) return 'expired';
  const { JWTClaimValidationFailed: Failed } = errors;
  return error instanceof Failed && error.claim === 'nbf' && error.reason === 'check_failed'
    ? 'too early'
    : 'wrong';
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
