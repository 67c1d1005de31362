/** The networks that webhooks may reach. Declared here because rooms use it that may not import each other. */
import { z } from 'zod';
import { list } from './setting-values.ts';
import type { SettingsDeclaration, SettingsOf } from './settings-declaration.ts';
import { subnet } from './subnets.ts';

const shape = {
  ALLOWED_SUBNETS: list
    .pipe(z.array(subnet))
    .default([])
    .describe(
      'Private networks that webhooks may reach, in CIDR form, separated by commas; all others are refused',
    ),
};

export type SubnetsSettings = SettingsOf<typeof shape>;

export const subnetsSettings: SettingsDeclaration<typeof shape> = { shape };
