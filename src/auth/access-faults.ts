/**
 * Finds settings of tokens and of the issuer that contradict each other, or that let no admin in.
 *
 * It looks at the variables as they are given. So its faults are listed together with all others. The tokens file is read
 * only when nothing else is wrong. Until then it is taken to hold an admin.
 */
import type { GivenSettings } from '../config/settings-declaration.ts';
import { tokenHash, type ApiToken } from './api-tokens.ts';

/** The settings that may hold tokens. */
interface TokenSettings {
  readonly ADMIN_TOKEN?: string | undefined;
  readonly VIEWER_TOKEN?: string | undefined;
  readonly API_TOKENS_FILE?: readonly ApiToken[] | undefined;
}

/** @param settings what was read from them; null if that was not possible. */
export function accessFaults(given: GivenSettings, settings: TokenSettings | null): string[] {
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

/** A list that has only commas is no list. */
function notEmpty(list: string | undefined): string | undefined {
  return list !== undefined && /[^\s,]/.test(list) ? list : undefined;
}

/** If a token had two names, the audit trail would show the wrong one. */
export function sharedTokenFaults(settings: TokenSettings): string[] {
  return (['ADMIN_TOKEN', 'VIEWER_TOKEN'] as const).flatMap((setting) => {
    const given = settings[setting];
    const hash = given === undefined ? null : tokenHash(given);
    const same = hash && settings.API_TOKENS_FILE?.find((token) => token.hash.equals(hash));
    return same ? [`API_TOKENS_FILE has the token of ${setting} as ${same.name}: give each its own`] : [];
  });
}

export function signInFaults(given: GivenSettings): string[] {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, PUBLIC_URL } = given;
  const faults: string[] = [];
  const together = [OIDC_CLIENT_ID, PUBLIC_URL];
  if (together.some((part) => part !== undefined) && [OIDC_ISSUER, ...together].includes(undefined))
    faults.push('OIDC_CLIENT_ID and PUBLIC_URL must be given together, and with OIDC_ISSUER');
  if (OIDC_CLIENT_SECRET !== undefined && OIDC_CLIENT_ID === undefined)
    faults.push('OIDC_CLIENT_SECRET is the secret of a client: give OIDC_CLIENT_ID as well');
  return faults;
}
