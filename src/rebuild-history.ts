/**
 * `npm run rebuild-history`: empties the history and has the results topic read again from its beginning. The service may
 * run meanwhile: it notices within seconds, and reads again beside what is new.
 *
 * What is older than the topic's retention is gone after it. `--add-missing` empties nothing, and only adds what is missing.
 */
import 'reflect-metadata';
import { DataSource } from 'typeorm';
import { databaseSettings } from './config/database.settings.ts';
import { readSettings } from './config/read-settings.ts';
import { explain } from './config/start-error.ts';
import { dataSourceOptions } from './database/data-source.ts';
import { runMigrations } from './database/migrate.ts';
import { rebuildHistory } from './history/rebuild.ts';
import { kafkaSettings } from './kafka/kafka.settings.ts';

async function rebuild(): Promise<string> {
  const settings = readSettings([databaseSettings, kafkaSettings], process.env);
  const empties = !process.argv.includes('--add-missing');
  await runMigrations(settings.DATABASE_URL);
  const dataSource = await new DataSource(dataSourceOptions(settings.DATABASE_URL)).initialize();
  try {
    await rebuildHistory(dataSource, settings.DELIVERIES_TOPIC, empties);
    const done = empties ? 'The history is empty' : 'The history is as it was';
    return `${done}. A process with the role history reads the topic ${settings.DELIVERIES_TOPIC} again from its beginning.`;
  } finally {
    await dataSource.destroy();
  }
}

try {
  process.stdout.write(`${await rebuild()}\n`);
} catch (error) {
  process.stderr.write(`The history was left as it was: ${explain(error)}\n`);
  process.exit(1);
}
