/** The settings of notices: what operators are told, and at which URL. The topic is declared with the other topics. */
import { z } from 'zod';
import { durationSchema } from '../config/duration.ts';
import { isHttpsOrLoopback } from '../config/secure-url.ts';
import type { SettingsDeclaration, SettingsOf } from '../config/settings-declaration.ts';

const url = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL', abort: true })
  .refine((text) => !/#|\/\/[^/]*@/.test(text), 'must have no user and no fragment; use NOTICES_TOKEN');

/** The characters that a header can hold. */
const token = z
  .string()
  .min(16, 'must be at least 16 characters long')
  .regex(/^[\x21-\x7e]+$/, 'must be made of visible ASCII characters');

const shape = {
  NOTICES_URL: url.optional().meta({
    description: 'URL that notices are sent to as well, by POST; it may be in a private network',
    secret: true,
  }),
  NOTICES_TOKEN: token
    .optional()
    .meta({ description: 'Bearer token for `NOTICES_URL`, at least 16 characters', secret: true }),
  NOTICES_FAILING_AFTER: durationSchema
    .default(60_000)
    .describe('For how long every attempt for a webhook must have failed before a notice says so'),
};

export type NoticesSettings = SettingsOf<typeof shape>;

export const noticesSettings: SettingsDeclaration<typeof shape> = {
  shape,
  faults: ({ NOTICES_URL, NOTICES_TOKEN }) =>
    NOTICES_TOKEN !== undefined && NOTICES_URL === undefined
      ? ['NOTICES_TOKEN is set without NOTICES_URL: set the URL that it is for, or neither']
      : [],
  warnings: ({ NOTICES_URL, NOTICES_TOKEN }) =>
    NOTICES_TOKEN !== undefined && NOTICES_URL !== undefined && !isHttpsOrLoopback(NOTICES_URL)
      ? ['NOTICES_URL without https:// sends NOTICES_TOKEN over the network in the clear']
      : [],
};
