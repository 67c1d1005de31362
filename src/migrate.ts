/**
 * `npm run migrate`: brings the schema up to date and ends, for a deployment that does this before it starts a new version.
 *
 * It needs only `DATABASE_URL`. It may run again, and while instances of the service run. Each start of the service does
 * the same, so nothing depends on this command.
 */
import 'reflect-metadata';
import { databaseSettings } from './config/database.settings.ts';
import { readSettings } from './config/read-settings.ts';
import { explain } from './config/start-error.ts';
import { runMigrations } from './database/migrate.ts';

try {
  const { DATABASE_URL } = readSettings([databaseSettings], process.env);
  const names = await runMigrations(DATABASE_URL);
  process.stdout.write(
    `The schema is up to date. Migrations that were run: ${names.join(', ') || 'none'}.\n`,
  );
} catch (error) {
  process.stderr.write(`The schema was not brought up to date: ${explain(error)}\n`);
  process.exit(1);
}
