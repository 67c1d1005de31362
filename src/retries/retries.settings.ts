/** The setting of when a failed delivery is tried again. */
import { z } from 'zod';
import { scheduleSchema } from '../config/duration.ts';
import type { SettingsDeclaration, SettingsOf } from '../config/settings-declaration.ts';

const shape = {
  RETRY_SCHEDULE: z
    .string()
    .transform((text) => text.split(',').map((delay) => delay.trim()))
    .pipe(scheduleSchema)
    .default(['5s', '5m', '30m', '2h', '5h', '10h', '14h', '20h', '24h'])
    .describe(
      'Delays between the attempts of a delivery, each ±20 %; one attempt more than delays. A webhook may override it',
    ),
};

export type RetriesSettings = SettingsOf<typeof shape>;

export const retriesSettings: SettingsDeclaration<typeof shape> = { shape };
