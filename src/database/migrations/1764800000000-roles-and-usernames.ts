/**
 * `processes`: who runs in which role (`roles/`). It is written every few seconds and is worth nothing after a crash of
 * PostgreSQL, so it is not logged.
 *
 * `retries.username`: whose delivery it is, so that the deliveries of a user that wait can be found. Null in earlier rows,
 * whose body says it. The indexes are for lists of what waits, newest first, and are partial: what is dead is listed from
 * the history. A user name may have any length, so its hash is what is indexed. Their columns do not
 * change while a row is claimed, so a lease still writes no index.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RolesAndUsernames1764800000000 implements MigrationInterface {
  readonly name = 'RolesAndUsernames1764800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE UNLOGGED TABLE processes (
        id uuid NOT NULL,
        roles text[] NOT NULL,
        seen_at timestamptz NOT NULL,
        CONSTRAINT processes_pkey PRIMARY KEY (id)
      )`);
    await runner.query('ALTER TABLE retries ADD COLUMN username text');
    await runner.query('CREATE INDEX retries_listed ON retries (created_at) WHERE NOT dead');
    await runner.query(
      'CREATE INDEX retries_listed_webhook ON retries (webhook_id, created_at) WHERE NOT dead',
    );
    await runner.query('CREATE INDEX retries_user ON retries (hashtextextended(username, 0), created_at)');
    await runner.query(
      'CREATE INDEX retries_event ON retries (hashtextextended(event_id, 0), created_at) WHERE NOT dead',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX retries_listed, retries_listed_webhook, retries_user, retries_event');
    await runner.query('ALTER TABLE retries DROP COLUMN username');
    await runner.query('DROP TABLE processes');
  }
}
