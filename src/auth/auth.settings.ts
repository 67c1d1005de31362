/** Who may call the REST API: tokens, and the OpenID Connect issuer. */
import { z } from 'zod';
import { isHttpsOrLoopback } from '../config/secure-url.ts';
import { list } from '../config/setting-values.ts';
import type { SettingsDeclaration, SettingsOf } from '../config/settings-declaration.ts';
import { accessFaults, sharedTokenFaults } from './access-faults.ts';
import { apiTokensFile, token } from './api-tokens.ts';

/** Keys that anybody on the way could exchange make any token valid. */
const issuer = z
  .url('must be a URL')
  .refine(isHttpsOrLoopback, 'must begin with https://; http:// is for loopback only')
  .refine((text) => !/[?#]|\/\/[^/]*@/.test(text), 'must have no user, query or fragment');

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
};

export type AuthSettings = SettingsOf<typeof shape>;

export const authSettings: SettingsDeclaration<typeof shape> = {
  shape,
  faults: (settings, given) => [...accessFaults(given, settings), ...sharedTokenFaults(settings)],
  faultsOfGiven: (given) => accessFaults(given, null),
};
