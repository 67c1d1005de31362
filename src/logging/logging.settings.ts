/** How much is logged. */
import { z } from 'zod';
import type { SettingsDeclaration, SettingsOf } from '../config/settings-declaration.ts';

const shape = {
  LOG_LEVEL: z
    .enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'must be fatal, error, warn, info, debug, trace or silent',
    )
    .default('info')
    .describe(
      '`fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`; `debug` adds a line per attempt',
    ),
};

export type LoggingSettings = SettingsOf<typeof shape>;

export const loggingSettings: SettingsDeclaration<typeof shape> = { shape };
