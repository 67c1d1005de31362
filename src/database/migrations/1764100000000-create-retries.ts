/**
 * The table of deliveries that wait, `retries`, and the tables for the health of webhooks.
 *
 * A row of `retries` is one stored delivery. `retries/` explains its states. `sequence` orders the rows of one user for one
 * webhook. Order keys are hashed to sixteen bytes, because a Kafka key may have any content and length. The table is
 * vacuumed often, because most rows live for seconds.
 *
 * When anybody enables a webhook, a trigger adds a row to `webhook_releases`: the deliveries that waited are now due. The
 * service then changes their rows in lots.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateRetries1764100000000 implements MigrationInterface {
  readonly name = 'CreateRetries1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE webhooks
        ADD COLUMN rate_limit_per_second integer,
        ADD COLUMN retry_schedule text[],
        ADD COLUMN disabled_reason text`);
    await runner.query(`
      CREATE TABLE webhook_health (
        webhook_id uuid NOT NULL,
        failing_since timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT webhook_health_pkey PRIMARY KEY (webhook_id),
        CONSTRAINT webhook_health_webhook_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE
      )`);
    await runner.query(`
      CREATE TABLE webhook_releases (
        webhook_id uuid NOT NULL,
        released_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT webhook_releases_pkey PRIMARY KEY (webhook_id),
        CONSTRAINT webhook_releases_webhook_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE
      )`);
    await createRetries(runner);
    await createStates(runner);
    await createEnabling(runner);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER webhook_enabled ON webhooks');
    await runner.query('DROP FUNCTION release_when_enabled');
    await runner.query('DROP VIEW webhook_states');
    await runner.query('DROP TABLE retries');
    await runner.query('DROP TABLE webhook_releases');
    await runner.query('DROP TABLE webhook_health');
    await runner.query(`
      ALTER TABLE webhooks
        DROP COLUMN rate_limit_per_second,
        DROP COLUMN retry_schedule,
        DROP COLUMN disabled_reason`);
  }
}

async function createRetries(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE retries (
      delivery_id uuid NOT NULL,
      webhook_id uuid NOT NULL,
      order_key uuid,
      sequence bigint GENERATED ALWAYS AS IDENTITY,
      status text NOT NULL,
      due_at timestamptz NOT NULL,
      scheduled_at timestamptz NOT NULL DEFAULT now(),
      leased_by uuid,
      attempts integer NOT NULL,
      event_id text NOT NULL,
      event_type text NOT NULL,
      event_timestamp text NOT NULL,
      body bytea NOT NULL,
      traceparent text,
      tracestate text,
      source_topic text,
      source_partition integer,
      source_offset bigint,
      created_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT retries_pkey PRIMARY KEY (delivery_id),
      CONSTRAINT retries_status_check CHECK (status IN ('pending', 'sending', 'waiting', 'dead')),
      CONSTRAINT retries_webhook_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE
    ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000)`);
  await runner.query(`
    CREATE INDEX retries_due ON retries (webhook_id, due_at) WHERE status IN ('pending', 'sending')`);
  await runner.query(`
    CREATE INDEX retries_order ON retries (webhook_id, order_key, sequence) WHERE status <> 'dead'`);
  await runner.query(`CREATE INDEX retries_dead ON retries (webhook_id, created_at) WHERE status = 'dead'`);
}

async function createStates(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE VIEW webhook_states AS
    SELECT w.id AS webhook_id,
           CASE WHEN NOT w.enabled THEN 'disabled'
                WHEN h.webhook_id IS NOT NULL THEN 'failing'
                ELSE 'healthy' END AS status,
           (SELECT count(*)::integer FROM retries r WHERE r.webhook_id = w.id AND r.status <> 'dead') AS pending_count
    FROM webhooks w LEFT JOIN webhook_health h ON h.webhook_id = w.id`);
}

async function createEnabling(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE FUNCTION release_when_enabled() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.disabled_reason := NULL;
      DELETE FROM webhook_health WHERE webhook_id = NEW.id;
      INSERT INTO webhook_releases (webhook_id) VALUES (NEW.id)
      ON CONFLICT (webhook_id) DO UPDATE SET released_at = now();
      RETURN NEW;
    END $$`);
  await runner.query(`
    CREATE TRIGGER webhook_enabled BEFORE UPDATE OF enabled ON webhooks
    FOR EACH ROW WHEN (NEW.enabled AND NOT OLD.enabled) EXECUTE FUNCTION release_when_enabled()`);
}
