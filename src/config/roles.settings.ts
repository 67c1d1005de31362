/** Which parts of the service a process runs. */
import { z } from 'zod';
import { list } from './setting-values.ts';
import type { SettingsDeclaration, SettingsOf } from './settings-declaration.ts';

const NAMES = ['api', 'dispatch', 'history'] as const;
export type Role = (typeof NAMES)[number];

const shape = {
  ROLES: list
    .pipe(
      z
        .array(z.enum(NAMES, 'must be a list of api, dispatch and history, separated by commas'))
        .min(1, 'must name at least one of api, dispatch and history'),
    )
    .transform((roles): readonly Role[] => NAMES.filter((role) => roles.includes(role)))
    .default([...NAMES])
    .describe(
      'What this process does, separated by commas: `api` (REST), `dispatch` (reads events and delivers them), `history` (reads results into PostgreSQL)',
    ),
};

export type RolesSettings = SettingsOf<typeof shape>;

export const rolesSettings: SettingsDeclaration<typeof shape> = { shape };
