/** The setting of the database. It is declared here because rooms use it that may not import each other. */
import { z } from 'zod';
import { databaseUrlFaults, isDatabaseUnverified } from './database-url.ts';
import type { SettingsDeclaration, SettingsOf } from './settings-declaration.ts';

const shape = {
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: 'must be a postgres:// or postgresql:// URL', abort: true })
    .superRefine((url, context) => {
      for (const fault of databaseUrlFaults(url)) context.addIssue(fault);
    })
    .meta({ description: 'PostgreSQL, as `postgres://user:password@host:port/database`', secret: true }),
};

export type DatabaseSettings = SettingsOf<typeof shape>;

export const databaseSettings: SettingsDeclaration<typeof shape> = {
  shape,
  warnings: ({ DATABASE_URL }) =>
    isDatabaseUnverified(DATABASE_URL)
      ? [
          'DATABASE_URL uses TLS but does not check the certificate, so anybody on the network path can pose as the server: use sslmode=verify-full',
        ]
      : [],
};
