/**
 * All settings of the service. Joins what the rooms declare, in the order of the table in `docs/settings.md`. A test
 * compares both with each other and with `.env.example`.
 */
import { authSettings } from './auth/auth.settings.ts';
import { databaseSettings } from './config/database.settings.ts';
import * as settingsReader from './config/read-settings.ts';
import type { GivenSettings, JoinedSettings } from './config/settings-declaration.ts';
import { historySettings } from './history/history.settings.ts';
import { rolesSettings } from './config/roles.settings.ts';
import { subnetsSettings } from './config/subnets.settings.ts';
import { deliverySettings } from './delivery/delivery.settings.ts';
import { healthSettings } from './health/health.settings.ts';
import { kafkaSettings } from './kafka/kafka.settings.ts';
import { lanesSettings } from './lanes/lanes.settings.ts';
import { loggingSettings } from './logging/logging.settings.ts';
import { noticesSettings } from './notices/notices.settings.ts';
import { restSettings } from './rest/rest.settings.ts';
import { resultsSettings } from './results/results.settings.ts';
import { retriesSettings } from './retries/retries.settings.ts';
import { secretsSettings } from './secrets/secrets.settings.ts';
import { webhooksSettings } from './webhooks/webhooks.settings.ts';

export const DECLARATIONS = [
  rolesSettings,
  restSettings,
  databaseSettings,
  kafkaSettings,
  loggingSettings,
  healthSettings,
  secretsSettings,
  authSettings,
  subnetsSettings,
  webhooksSettings,
  deliverySettings,
  retriesSettings,
  resultsSettings,
  noticesSettings,
  historySettings,
  lanesSettings,
] as const;

export type Settings = JoinedSettings<(typeof DECLARATIONS)[number]>;

/** @throws SettingsError with every fault. */
export function readSettings(environment: GivenSettings): Settings {
  return settingsReader.readSettings(DECLARATIONS, environment);
}

/** The settings for the log, with secrets masked. */
export function maskedSettings(settings: Settings): Record<string, unknown> {
  return settingsReader.maskedSettings(DECLARATIONS, settings);
}

/** One sentence for each setting that works but is weak. */
export function settingsWarnings(settings: Settings): string[] {
  return settingsReader.settingsWarnings(DECLARATIONS, settings);
}
