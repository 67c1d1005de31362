/** The settings of the HTTP server: where it listens, and which proxies it trusts. */
import { z } from 'zod';
import { list, wholeNumber } from '../config/setting-values.ts';
import type { SettingsDeclaration, SettingsOf } from '../config/settings-declaration.ts';
import { trustedSubnet } from '../config/subnets.ts';

const shape = {
  HOST: z.string().min(1).default('127.0.0.1').describe('Address the HTTP server listens on'),
  PORT: wholeNumber(0, 65_535)
    .default(3_000)
    .describe('Port of REST, health and documentation; 0 takes a free one'),
  TRUSTED_PROXIES: list
    .pipe(z.array(trustedSubnet))
    .default([])
    .describe(
      'Networks of reverse proxies whose `X-Forwarded-For` is believed, in CIDR form, separated by commas',
    ),
};

export type RestSettings = SettingsOf<typeof shape>;

export const restSettings: SettingsDeclaration<typeof shape> = { shape };
