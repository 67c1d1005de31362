/**
 * `npm run rotate-secrets`: encrypts all stored secrets with the first key of `SECRETS_KEY`. After that the other keys can
 * be removed from the list.
 *
 * It changes everything or nothing. It may run again, and while instances of the service run.
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
    return `All secrets are encrypted with the key ${box.keyIds[0] ?? ''}. Rows that had another key or none before: ${count}.`;
  } finally {
    await dataSource.destroy();
  }
}

try {
  process.stdout.write(`${await rotate()}\n`);
} catch (error) {
  process.stderr.write(`No secret was encrypted again: ${explain(error)}\n`);
  process.exit(1);
}
