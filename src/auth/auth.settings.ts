/** Who may call the REST API: tokens, and the OpenID Connect issuer. */
import { z } from 'zod';
import { durationSchema } from '../config/duration.ts';
import { isHttpsOrLoopback } from '../config/secure-url.ts';
import { list } from '../config/setting-values.ts';
import type { SettingsDeclaration, SettingsOf } from '../config/settings-declaration.ts';
import { accessFaults, sharedTokenFaults, signInFaults } from './access-faults.ts';
import { apiTokensFile, token } from './api-tokens.ts';

/** Over plain HTTP, somebody in between could exchange the keys, and then every token would be valid. */
const issuer = z
  .url('must be a URL')
  .refine(isHttpsOrLoopback, 'must begin with https://; http:// is for loopback only')
  .refine((text) => !/[?#]|\/\/[^/]*@/.test(text), 'must have no user, query or fragment');

/** Stored in the form in which browsers write an origin. */
const publicUrl = z
  .url('must be a URL')
  .refine(isHttpsOrLoopback, 'must begin with https://; http:// is for loopback only')
  .refine(isOrigin, 'must have nothing but a host and perhaps a port: the page is served at its root')
  .transform((text) => new URL(text).origin);

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && url.href === `${url.origin}/`;
}

const shape = {
  ADMIN_TOKEN: token.optional().meta({
    description:
      'Bearer token with role admin, at least 16 characters; required where neither `API_TOKENS_FILE` nor `OIDC_ISSUER` lets an admin in',
    secret: true,
  }),
  VIEWER_TOKEN: token.optional().meta({
    description: 'Bearer token with role viewer, which may only read; at least 16 characters',
    secret: true,
  }),
  API_TOKENS_FILE: apiTokensFile.optional().meta({
    description: 'File with more tokens, one per line: name, role, and the token or its SHA-256',
    secret: true,
  }),
  OIDC_ISSUER: issuer.optional().describe('OpenID Connect issuer whose JWTs are accepted as bearer tokens'),
  OIDC_AUDIENCE: z
    .string()
    .min(1)
    .optional()
    .describe('What `aud` of a JWT must name: the client id, in most cases'),
  OIDC_ROLE_CLAIM: z
    .string()
    .min(1)
    .default('groups')
    .describe('Claim that decides the role, a text or a list of texts; dots lead into objects'),
  OIDC_ADMIN_VALUES: list
    .default([])
    .describe('Values of that claim that mean role admin, separated by commas'),
  OIDC_VIEWER_VALUES: list
    .default([])
    .describe('Values of that claim that mean role viewer, separated by commas'),
  OIDC_CLIENT_ID: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Client as which the admin page lets people sign in at `OIDC_ISSUER`; without it, by tokens only',
    ),
  OIDC_CLIENT_SECRET: z.string().min(1).optional().meta({
    description: 'Secret of that client; none where the issuer has it as a public client',
    secret: true,
  }),
  OIDC_SCOPES: z
    .string()
    .regex(
      /^(?=.*\bopenid\b)[!#-[\]-~]+( [!#-[\]-~]+)*$/,
      'must be scopes separated by spaces, openid among them',
    )
    .default('openid')
    .describe('Scopes to ask for when somebody signs in, separated by spaces'),
  OIDC_SESSION_LIFETIME: durationSchema
    .optional()
    .describe(
      'How long who signed in at the issuer stays so; without it, as long as the token of the issuer is valid',
    ),
  PUBLIC_URL: publicUrl
    .optional()
    .describe(
      'Where browsers open the admin page, such as `https://webhooks.example.com`; the issuer leads back there',
    ),
};

export type AuthSettings = SettingsOf<typeof shape>;

export const authSettings: SettingsDeclaration<typeof shape> = {
  shape,
  faults: (settings, given) => [
    ...accessFaults(given, settings),
    ...signInFaults(given),
    ...sharedTokenFaults(settings),
  ],
  faultsOfGiven: (given) => [...accessFaults(given, null), ...signInFaults(given)],
};
