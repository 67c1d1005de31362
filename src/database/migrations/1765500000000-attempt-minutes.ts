/**
 * How many attempts ended in each of the last minutes: `attempt_minutes` adds up by minute, and by partition of the results
 * topic, so that the readers of two partitions never wait for each other. Rows are kept for some hours only
 * (`history/minutes.ts`).
 *
 * What was read before is in no minute. So a row of a partition that does not exist says since when minutes are counted.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class AttemptMinutes1765500000000 implements MigrationInterface {
  readonly name = 'AttemptMinutes1765500000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE attempt_minutes (
        minute timestamptz(0) NOT NULL,
        partition integer NOT NULL,
        delivered integer NOT NULL,
        failed integer NOT NULL,
        exhausted integer NOT NULL,
        CONSTRAINT attempt_minutes_pkey PRIMARY KEY (minute, partition)
      ) WITH (fillfactor = 50)`);
    await runner.query("INSERT INTO attempt_minutes VALUES (date_trunc('minute', now()), -1, 0, 0, 0)");
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE attempt_minutes');
  }
}
