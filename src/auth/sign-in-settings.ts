/** Whether the settings let people sign in at the issuer, and whether what they say of it is complete. */
import type { GivenSettings } from '../config/settings-declaration.ts';
import type { AuthSettings } from './auth.settings.ts';

/** Those with which people can sign in at the issuer. */
export type SignInSettings = AuthSettings &
  Readonly<Record<'OIDC_ISSUER' | 'OIDC_CLIENT_ID' | 'PUBLIC_URL', string>>;

export function canSignIn(settings: AuthSettings): settings is SignInSettings {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, PUBLIC_URL } = settings;
  return [OIDC_ISSUER, OIDC_CLIENT_ID, PUBLIC_URL].every((setting) => setting !== undefined);
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
