/** What the metrics say. */
import { flag } from '../config/setting-values.ts';
import type { SettingsDeclaration, SettingsOf } from '../config/settings-declaration.ts';

const shape = {
  METRICS_BY_WEBHOOK: flag
    .default(false)
    .describe(
      'Have metrics of each webhook too, with its id as a label; for hundreds of webhooks, not for thousands',
    ),
};

export type HealthSettings = SettingsOf<typeof shape>;

export const healthSettings: SettingsDeclaration<typeof shape> = { shape };
