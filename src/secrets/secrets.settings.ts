/** The setting with the keys for encryption at rest. */
import { list } from '../config/setting-values.ts';
import type { SettingsDeclaration, SettingsOf } from '../config/settings-declaration.ts';
import { encryptionKeys } from './encryption-keys.ts';

const shape = {
  SECRETS_KEY: list.pipe(encryptionKeys).meta({
    description:
      'What secrets are encrypted with in PostgreSQL: 32 random bytes in base64; with several keys, separated by commas, the first encrypts and all decrypt',
    secret: true,
  }),
};

export type SecretsSettings = SettingsOf<typeof shape>;

export const secretsSettings: SettingsDeclaration<typeof shape> = { shape };
