/**
 * Every setting of the service: what the rooms declare, joined in the order of the table in `docs/settings.md`. A test
 * compares it with this table and with `.env.example`.
 */
import { authSettings } from './auth/auth.settings.ts';
import { databaseSettings } from './config/database.settings.ts';
import * as reading from './config/read-settings.ts';
import type { GivenSettings, JoinedSettings } from './config/settings-declaration.ts';
import { subnetsSettings } from './config/subnets.settings.ts';
import { deliverySettings } from './delivery/delivery.settings.ts';
import { kafkaSettings } from './kafka/kafka.settings.ts';
import { lanesSettings } from './lanes/lanes.settings.ts';
import { loggingSettings } from './logging/logging.settings.ts';
import { restSettings } from './rest/rest.settings.ts';
import { retriesSettings } from './retries/retries.settings.ts';
import { secretsSettings } from './secrets/secrets.settings.ts';
import { webhooksSettings } from './webhooks/webhooks.settings.ts';

export const DECLARATIONS = [
  restSettings,
  databaseSettings,
  kafkaSettings,
  loggingSettings,
  secretsSettings,
  authSettings,
  subnetsSettings,
  webhooksSettings,
  deliverySettings,
  retriesSettings,
  lanesSettings,
] as const;

export type Settings = JoinedSettings<(typeof DECLARATIONS)[number]>;

/** @throws SettingsError listing every fault. */
export function readSettings(environment: GivenSettings): Settings {
  return reading.readSettings(DECLARATIONS, environment);
}

/** As they may be logged. */
export function maskedSettings(settings: Settings): Record<string, unknown> {
  return reading.maskedSettings(DECLARATIONS, settings);
}

export function settingsWarnings(settings: Settings): string[] {
  return reading.settingsWarnings(DECLARATIONS, settings);
}
