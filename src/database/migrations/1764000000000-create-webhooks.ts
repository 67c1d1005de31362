/**
 * The table of webhooks. A trigger sends the notification `webhooks_changed` after every statement that changes them, even
 * one of a person with psql.
 *
 * Paging uses the primary key, a UUIDv7, which is in the order of creation. Search and filters read the whole table,
 * because there are hundreds of webhooks, not millions.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateWebhooks1764000000000 implements MigrationInterface {
  readonly name = 'CreateWebhooks1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE webhooks (
        id uuid NOT NULL,
        url text NOT NULL,
        description text NOT NULL DEFAULT '',
        secret_token text,
        triggers text[] NOT NULL,
        enabled boolean NOT NULL DEFAULT true,
        method text NOT NULL,
        ordering text NOT NULL DEFAULT 'per_user',
        headers jsonb NOT NULL DEFAULT '{}',
        timeout_ms integer,
        max_in_flight integer,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        updated_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT webhooks_pkey PRIMARY KEY (id),
        CONSTRAINT webhooks_url_key UNIQUE (url),
        CONSTRAINT webhooks_triggers_check CHECK (cardinality(triggers) > 0
          AND triggers <@ '{user_created,user_modified,user_deleted,user_keys}'::text[]),
        CONSTRAINT webhooks_method_check CHECK (method IN ('GET', 'POST', 'PUT')),
        CONSTRAINT webhooks_ordering_check CHECK (ordering IN ('per_user', 'none')),
        CONSTRAINT webhooks_headers_check CHECK (jsonb_typeof(headers) = 'object')
      )`);
    await runner.query(`
      CREATE FUNCTION notify_webhooks_changed() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_notify('webhooks_changed', '');
        RETURN NULL;
      END $$`);
    await runner.query(`
      CREATE TRIGGER webhooks_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON webhooks
      FOR EACH STATEMENT EXECUTE FUNCTION notify_webhooks_changed()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE webhooks');
    await runner.query('DROP FUNCTION notify_webhooks_changed');
  }
}
