/** Puts the guard before every route of the application. */
import { Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { SETTINGS } from '../config/config.module.ts';
import type { AuthSettings } from './auth.settings.ts';
import { BearerTokenGuard } from './bearer-token.guard.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { Lockout } from './lockout.ts';
import { OidcTokens } from './oidc-tokens.ts';
import { StaticTokens } from './static-tokens.ts';

@Module({
  providers: [
    { provide: APP_GUARD, useClass: BearerTokenGuard },
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
