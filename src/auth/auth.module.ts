/** Connects the parts of access: tokens, sessions, and the route that says who a token stands for. */
import { Module } from '@nestjs/common';
import { SETTINGS } from '../config/config.module.ts';
import type { AuthSettings } from './auth.settings.ts';
import { BearerTokens } from './bearer-tokens.ts';
import { IssuerClient } from './issuer-client.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { Lockout } from './lockout.ts';
import { OidcTokens } from './oidc-tokens.ts';
import { PageSessions, type SealingKeys } from './page-sessions.ts';
import { SessionController } from './session.controller.ts';
import { SignInController } from './sign-in.controller.ts';
import { canSignIn } from './sign-in-settings.ts';
import { CALLBACK_PATH, SignIn } from './sign-in.ts';
import { StaticTokens } from './static-tokens.ts';

@Module({
  controllers: [SessionController, SignInController],
  providers: [
    BearerTokens,
    {
      provide: StaticTokens,
      useFactory: (settings: AuthSettings) => new StaticTokens(settings),
      inject: [SETTINGS],
    },
    {
      provide: OidcTokens,
      useFactory: ({ OIDC_ISSUER, ...settings }: AuthSettings) =>
        OIDC_ISSUER === undefined
          ? null
          : new OidcTokens({ ...settings, OIDC_ISSUER }, new IssuerKeys(OIDC_ISSUER)),
      inject: [SETTINGS],
    },
    {
      provide: PageSessions,
      useFactory: (settings: AuthSettings & SealingKeys) =>
        canSignIn(settings) ? new PageSessions(settings, settings.PUBLIC_URL) : null,
      inject: [SETTINGS],
    },
    {
      provide: SignIn,
      useFactory: (
        settings: AuthSettings & SealingKeys,
        tokens: OidcTokens | null,
        sessions: PageSessions | null,
      ) =>
        tokens && sessions && canSignIn(settings)
          ? new SignIn(
              settings,
              new IssuerClient(settings, settings.PUBLIC_URL + CALLBACK_PATH),
              tokens,
              sessions,
            )
          : null,
      inject: [SETTINGS, OidcTokens, PageSessions],
    },
    { provide: Lockout, useFactory: () => new Lockout() },
  ],
})
export class AuthModule {}
