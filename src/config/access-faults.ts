/**
 * Whether the settings let somebody in at all, and nobody by two ways at once. Asked of the variables as they are given,
 * so that it is said together with everything else that is wrong. What a tokens file holds is not its matter.
 */
import { tokenHash } from './api-tokens.ts';
import type { Environment } from './settings.ts';

type Given = Readonly<Record<string, string | undefined>>;

export function accessFaults(given: Given): string[] {
  const { ADMIN_TOKEN, VIEWER_TOKEN, API_TOKENS_FILE, OIDC_ISSUER, OIDC_ADMIN_VALUES, OIDC_VIEWER_VALUES } =
    given;
  const faults: string[] = [];
  if ([ADMIN_TOKEN, API_TOKENS_FILE, OIDC_ADMIN_VALUES].every((way) => way === undefined)) {
    faults.push(
      'ADMIN_TOKEN is missing: nobody could administer the service. Set it, for example to the output of "openssl rand -hex 32", or set API_TOKENS_FILE, or OIDC_ISSUER with OIDC_ADMIN_VALUES',
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

/** A token with two names would make the audit trail name the wrong one. */
export function sharedTokenFaults(settings: Environment): string[] {
  return (['ADMIN_TOKEN', 'VIEWER_TOKEN'] as const).flatMap((setting) => {
    const given = settings[setting];
    const hash = given === undefined ? null : tokenHash(given);
    const same = hash && settings.API_TOKENS_FILE?.find((token) => token.hash.equals(hash));
    return same ? [`API_TOKENS_FILE has the token of ${setting} as ${same.name}: give each its own`] : [];
  });
}
