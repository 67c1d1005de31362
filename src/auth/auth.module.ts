/** Tokens, who has which, and the route that says so. */
import { Module } from '@nestjs/common';
import { SETTINGS } from '../config/config.module.ts';
import type { AuthSettings } from './auth.settings.ts';
import { BearerTokens } from './bearer-tokens.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { Lockout } from './lockout.ts';
import { OidcTokens } from './oidc-tokens.ts';
import { SessionController } from './session.controller.ts';
import { StaticTokens } from './static-tokens.ts';

@Module({
  controllers: [SessionController],
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
    { provide: Lockout, useFactory: () => new Lockout() },
  ],
})
export class AuthModule {}
