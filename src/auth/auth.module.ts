/** Tokens, and who has which. */
import { Module, type DynamicModule } from '@nestjs/common';
import type { AxiosInstance } from 'axios';
import { SETTINGS } from '../config/config.module.ts';
import type { AuthSettings } from './auth.settings.ts';
import { BearerTokens } from './bearer-tokens.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { Lockout } from './lockout.ts';
import { OidcTokens } from './oidc-tokens.ts';
import { StaticTokens } from './static-tokens.ts';

@Module({})
export class AuthModule {
  /** @param http for calls to the OpenID Connect issuer. */
  static with(http: Pick<AxiosInstance, 'get'>): DynamicModule {
    return {
      module: AuthModule,
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
              : new OidcTokens({ ...settings, OIDC_ISSUER }, new IssuerKeys(OIDC_ISSUER, http)),
          inject: [SETTINGS],
        },
        { provide: Lockout, useFactory: () => new Lockout() },
      ],
    };
  }
}
