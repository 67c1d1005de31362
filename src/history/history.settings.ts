/** How long the history keeps attempts. */
import { durationSchema } from '../config/duration.ts';
import type { SettingsDeclaration, SettingsOf } from '../config/settings-declaration.ts';

const DAY_MS = 86_400_000;
/** A longer time would need a million tables. */
const LONGEST_MS = 3_650 * DAY_MS;

const retention = durationSchema.refine(
  (ms) => ms >= DAY_MS && ms <= LONGEST_MS,
  'must be from 1d to 3650d, as the history is kept by whole days',
);

const shape = {
  HISTORY_RETENTION: retention
    .default(30 * DAY_MS)
    .describe('How long the history keeps attempts that delivered'),
  HISTORY_FAILED_RETENTION: retention
    .default(90 * DAY_MS)
    .describe('How long the history keeps all other attempts'),
};

export type HistorySettings = SettingsOf<typeof shape>;

export const historySettings: SettingsDeclaration<typeof shape> = { shape };
