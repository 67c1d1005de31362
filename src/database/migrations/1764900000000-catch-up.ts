/**
 * The tables of catch-up: what is to be sent again (`replays`), how far each webhook has come in each partition
 * (`cursors`), and who owns a partition (`partition_owners`). Webhooks can be paused.
 *
 * A cursor without an end is the place of its webhook on the partition. There is at most one that is not done.
 *
 * A row of `retries` says to which replay it belongs, why it is sent, how many attempts were made before it was sent again,
 * and when it was given up. Rows of an older service have nulls there: sent as their event came, given up when they were
 * last scheduled.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CatchUp1764900000000 implements MigrationInterface {
  readonly name = 'CatchUp1764900000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE webhooks
        ADD COLUMN paused boolean NOT NULL DEFAULT false, ADD COLUMN disabled_at timestamptz(3)`);
    await runner.query(`
      ALTER TABLE retries
        ADD COLUMN reason text, ADD COLUMN replay_id uuid, ADD COLUMN attempts_before integer NOT NULL DEFAULT 0,
        ADD COLUMN dead_at timestamptz`);
    await runner.query(`CREATE INDEX retries_recover ON retries (webhook_id, sequence) WHERE dead`);
    await runner.query(`CREATE INDEX retries_replay ON retries (replay_id) WHERE replay_id IS NOT NULL`);
    await createTables(runner);
    await createEnding(runner);
    await createEnabling(runner, 'NEW.disabled_at := NULL;');
    await createStates(
      runner,
      `WHEN w.paused THEN 'paused'
                WHEN EXISTS (SELECT FROM cursors c WHERE c.webhook_id = w.id AND c.end_offset IS NULL AND NOT c.done)
                THEN 'catching_up'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await createStates(runner, '');
    await createEnabling(runner, '');
    await runner.query('DROP TRIGGER webhook_deleted_replays ON webhooks');
    await runner.query('DROP FUNCTION end_replays_of_webhook');
    await runner.query('DROP TABLE cursors, replays, partition_owners');
    await runner.query('DROP INDEX retries_recover, retries_replay');
    await runner.query(`
      ALTER TABLE retries
        DROP COLUMN reason, DROP COLUMN replay_id, DROP COLUMN attempts_before, DROP COLUMN dead_at`);
    await runner.query('ALTER TABLE webhooks DROP COLUMN paused, DROP COLUMN disabled_at');
  }
}

async function createTables(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE replays (
      id uuid NOT NULL,
      webhook_id uuid NOT NULL,
      kind text NOT NULL,
      from_time timestamptz(3),
      to_time timestamptz(3),
      triggers text[],
      username text,
      event_id text,
      delivery_id uuid,
      mode text NOT NULL DEFAULT 'all',
      dry_run boolean NOT NULL DEFAULT false,
      status text NOT NULL DEFAULT 'running',
      total bigint,
      read bigint NOT NULL DEFAULT 0,
      matched bigint NOT NULL DEFAULT 0,
      expired bigint NOT NULL DEFAULT 0,
      log_begins_at timestamptz(3),
      warnings jsonb NOT NULL DEFAULT '[]',
      created_by text NOT NULL,
      created_at timestamptz(3) NOT NULL DEFAULT now(),
      finished_at timestamptz(3),
      CONSTRAINT replays_pkey PRIMARY KEY (id),
      CONSTRAINT replays_kind_check CHECK (kind IN ('resend', 'recover', 'replay', 'start_from', 'resume')),
      CONSTRAINT replays_status_check CHECK (status IN ('running', 'stopping', 'stopped', 'done', 'failed'))
    )`);
  await runner.query('CREATE INDEX replays_webhook ON replays (webhook_id, id)');
  await runner.query(`
    CREATE TABLE cursors (
      id uuid NOT NULL,
      replay_id uuid,
      webhook_id uuid NOT NULL,
      partition integer NOT NULL,
      start_offset bigint NOT NULL,
      next_offset bigint NOT NULL,
      end_offset bigint,
      live_before bigint NOT NULL DEFAULT 0,
      position bigint,
      behind_since timestamptz(3),
      matched bigint NOT NULL DEFAULT 0,
      expired bigint NOT NULL DEFAULT 0,
      done boolean NOT NULL DEFAULT false,
      CONSTRAINT cursors_pkey PRIMARY KEY (id),
      CONSTRAINT cursors_webhook_fkey FOREIGN KEY (webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE
    ) WITH (fillfactor = 50)`);
  await runner.query(`
    CREATE UNIQUE INDEX cursors_place ON cursors (webhook_id, partition) WHERE end_offset IS NULL AND NOT done`);
  await runner.query('CREATE INDEX cursors_open ON cursors (partition) WHERE NOT done');
  await runner.query('CREATE INDEX cursors_replay ON cursors (replay_id)');
  await runner.query(`
    CREATE TABLE partition_owners (
      partition integer NOT NULL,
      token uuid NOT NULL,
      claimed_at timestamptz NOT NULL DEFAULT now(),
      CONSTRAINT partition_owners_pkey PRIMARY KEY (partition)
    )`);
}

/** Whoever deletes a webhook ends what was to be sent to it. */
async function createEnding(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE FUNCTION end_replays_of_webhook() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      UPDATE replays
      SET status = 'failed', finished_at = now(), warnings = warnings || jsonb_build_array(jsonb_build_object(
        'code', 'webhook_deleted', 'message', 'The webhook was deleted before the replay had come to its end'))
      WHERE webhook_id = OLD.id AND status IN ('running', 'stopping');
      RETURN NULL;
    END $$`);
  await runner.query(`
    CREATE TRIGGER webhook_deleted_replays AFTER DELETE ON webhooks
    FOR EACH ROW EXECUTE FUNCTION end_replays_of_webhook()`);
}

async function createEnabling(runner: QueryRunner, more: string): Promise<void> {
  await runner.query(`
    CREATE OR REPLACE FUNCTION release_when_enabled() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      NEW.disabled_reason := NULL;
      ${more}
      DELETE FROM webhook_health WHERE webhook_id = NEW.id;
      INSERT INTO webhook_releases (webhook_id) VALUES (NEW.id)
      ON CONFLICT (webhook_id) DO UPDATE SET released_at = now();
      RETURN NEW;
    END $$`);
}

async function createStates(runner: QueryRunner, more: string): Promise<void> {
  await runner.query(`
    CREATE OR REPLACE VIEW webhook_states AS
    SELECT w.id AS webhook_id,
           CASE WHEN NOT w.enabled THEN 'disabled'
                ${more}
                WHEN h.webhook_id IS NOT NULL THEN 'failing'
                ELSE 'healthy' END AS status,
           (SELECT count(*)::integer FROM (
             SELECT FROM retries r WHERE r.webhook_id = w.id AND NOT r.dead
             ORDER BY r.order_key, r.sequence LIMIT 1000
           ) counted) AS pending_count
    FROM webhooks w LEFT JOIN webhook_health h ON h.webhook_id = w.id`);
}
