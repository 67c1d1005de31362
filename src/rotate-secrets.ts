/**
 * `npm run rotate-secrets`: encrypts everything that is stored encrypted with the first key of `SECRETS_KEY`, so that
 * the others can be taken out of the list. All or nothing, and harmless to run again or beside running instances.
 */
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { explain } from './config/start-error.ts';
import { dataSourceOptions } from './database/data-source.ts';
import { runMigrations } from './database/migrate.ts';
import { SecretBox } from './secrets/secret-box.ts';
import { StoredSecrets } from './secrets/stored-secrets.ts';
import { readSettings } from './settings.ts';

async function rotate(): Promise<string> {
  const settings = readSettings(process.env);
  await runMigrations(settings.DATABASE_URL);
  const dataSource = await new DataSource(dataSourceOptions(settings.DATABASE_URL)).initialize();
  try {
    const box = new SecretBox(settings.SECRETS_KEY);
    const count = await new StoredSecrets(dataSource, box).rewrite();
    return `Everything is encrypted with the key ${box.keyIds[0] ?? ''}; rows that were not before: ${count}.`;
  } finally {
    await dataSource.destroy();
  }
}

try {
  process.stdout.write(`${await rotate()}\n`);
} catch (error) {
  process.stderr.write(`The secrets were not encrypted anew: ${explain(error)}\n`);
  process.exit(1);
}
