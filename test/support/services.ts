/**
 * Starts one Kafka and one Postgres for a whole run of the e2e tests and tells every test file where they are. Files
 * share them: each takes a database (`database.ts`) and topics of its own.
 */
import type { TestProject } from 'vitest/node';
import { removeLeftovers, startTestKafka, startTestPostgres } from './embedded-services.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** As for `KAFKA_BROKERS`. */
    kafkaBrokers: string;
    /** As for `DATABASE_URL`: a database for administration; tests make their own with `createDatabase`. */
    databaseUrl: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeLeftovers({ ofThisRun: false });
  const [kafka, postgres] = await Promise.allSettled([startTestKafka(), startTestPostgres({ fsync: false })]);
  const teardown = async (): Promise<void> => {
    if (kafka.status === 'fulfilled') await kafka.value.close();
    if (postgres.status === 'fulfilled') await postgres.value.close();
    await removeLeftovers({ ofThisRun: true });
  };
  if (kafka.status === 'rejected' || postgres.status === 'rejected') {
    await teardown();
    throw [kafka, postgres].find((started) => started.status === 'rejected')?.reason;
  }
  project.provide('kafkaBrokers', kafka.value.brokers);
  project.provide('databaseUrl', postgres.value.url);
  return teardown;
}
