/**
 * Whether the settings let an admin in at all, and nobody by two ways at once. Asked of the variables as they are given,
 * so that it is said together with everything else that is wrong. What the tokens file holds is known only once nothing
 * else is; until then it is believed to hold an admin.
 */
import type { GivenSettings } from '../config/settings-declaration.ts';
import { tokenHash } from './api-tokens.ts';
import type { AuthSettings } from './auth.settings.ts';

/** @param settings what they were read into; null when they could not be. */
export function accessFaults(given: GivenSettings, settings: AuthSettings | null): string[] {
  const { ADMIN_TOKEN, VIEWER_TOKEN, API_TOKENS_FILE, OIDC_ISSUER } = given;
  const [OIDC_ADMIN_VALUES, OIDC_VIEWER_VALUES] = [
    given['OIDC_ADMIN_VALUES'],
    given['OIDC_VIEWER_VALUES'],
  ].map(notEmpty);
  const faults: string[] = [];
  const ofFile = settings ? settings.API_TOKENS_FILE?.find(({ role }) => role === 'admin') : API_TOKENS_FILE;
  const ofIssuer = OIDC_ISSUER && OIDC_ADMIN_VALUES;
  if ([ADMIN_TOKEN, ofFile, ofIssuer].every((way) => way === undefined)) {
    faults.push(
      'ADMIN_TOKEN is missing: nobody could administer the service. Set it, for example to the output of "openssl rand -hex 32", or put a token with role admin into API_TOKENS_FILE, or set OIDC_ISSUER with OIDC_ADMIN_VALUES',
    );
  }
  if (ADMIN_TOKEN !== undefined && ADMIN_TOKEN === VIEWER_TOKEN)
    faults.push('ADMIN_TOKEN and VIEWER_TOKEN must be two different tokens');
  const values = OIDC_ADMIN_VALUES ?? OIDC_VIEWER_VALUES;
  const oidc = [OIDC_ISSUER, given['OIDC_AUDIENCE'], values];
  if (oidc.some((part) => part !== undefined) && oidc.includes(undefined)) {
    faults.push(
      'OIDC_ISSUER, OIDC_AUDIENCE and at least one of OIDC_ADMIN_VALUES and OIDC_VIEWER_VALUES must be given together',
    );
  }
  return faults;
}

/** A list of nothing but commas is none. */
function notEmpty(list: string | undefined): string | undefined {
  return list !== undefined && /[^\s,]/.test(list) ? list : undefined;
}

/** A token with two names would make the audit trail name the wrong one. */
export function sharedTokenFaults(settings: AuthSettings): string[] {
  return (['ADMIN_TOKEN', 'VIEWER_TOKEN'] as const).flatMap((setting) => {
    const given = settings[setting];
    const hash = given === undefined ? null : tokenHash(given);
    const same = hash && settings.API_TOKENS_FILE?.find((token) => token.hash.equals(hash));
    return same ? [`API_TOKENS_FILE has the token of ${setting} as ${same.name}: give each its own`] : [];
  });
}
