/** Whether the settings let people sign in at the issuer, and the type of settings that do. */
import type { AuthSettings } from './auth.settings.ts';

/** Those with which people can sign in at the issuer. */
export type SignInSettings = AuthSettings &
  Readonly<Record<'OIDC_ISSUER' | 'OIDC_CLIENT_ID' | 'PUBLIC_URL', string>>;

export function canSignIn(settings: AuthSettings): settings is SignInSettings {
  const { OIDC_ISSUER, OIDC_CLIENT_ID, PUBLIC_URL } = settings;
  return [OIDC_ISSUER, OIDC_CLIENT_ID, PUBLIC_URL].every((setting) => setting !== undefined);
}
