/** The setting of what a result says about the user. */
import { z } from 'zod';
import type { SettingsDeclaration, SettingsOf } from '../config/settings-declaration.ts';

const shape = {
  RESULTS_USERNAME: z
    .enum(['plain', 'hashed', 'omitted'], 'must be plain, hashed or omitted')
    .default('plain')
    .describe(
      'User name in results and in the history: `plain`, `hashed` (its SHA-256 in hexadecimal) or `omitted` (null)',
    ),
};

export type ResultsSettings = SettingsOf<typeof shape>;

export const resultsSettings: SettingsDeclaration<typeof shape> = { shape };
