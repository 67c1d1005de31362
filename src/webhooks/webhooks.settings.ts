/** The settings of what a webhook has by default. */
import { z } from 'zod';
import type { SettingsDeclaration, SettingsOf } from '../config/settings-declaration.ts';
import type { SubnetsSettings } from '../config/subnets.settings.ts';

const shape = {
  WEBHOOK_DEFAULT_METHOD: z
    .enum(['GET', 'POST', 'PUT'], 'must be GET, POST or PUT')
    .default('GET')
    .describe('HTTP method of webhooks that name none: `GET`, `POST` or `PUT`'),
};

export type WebhooksSettings = SettingsOf<typeof shape> & SubnetsSettings;

export const webhooksSettings: SettingsDeclaration<typeof shape> = { shape };
