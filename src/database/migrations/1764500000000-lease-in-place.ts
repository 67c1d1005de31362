/**
 * Makes writes to `retries` cheaper. A row is written several times within seconds, and each write also writes the indexes.
 * PostgreSQL saves that if no indexed column changes and the page has room for the new version ("heap-only tuples").
 *
 * So the end of a lease has a column of its own, `leased_until`, apart from `due_at`. The indexes use `claimable` and
 * `dead`, which do not change when a row is claimed or its lease is renewed. Half of each page is kept free.
 *
 * A row that an older service has leased has no `leased_until`. Its lease ends at `due_at`, and then it is due.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LeaseInPlace1764500000000 implements MigrationInterface {
  readonly name = 'LeaseInPlace1764500000000';

  async up(runner: QueryRunner): Promise<void> {
    await dropIndexes(runner);
    await runner.query('ALTER TABLE retries SET (fillfactor = 50)');
    await runner.query(`
      ALTER TABLE retries
        ADD COLUMN leased_until timestamptz,
        ADD COLUMN claimable boolean NOT NULL GENERATED ALWAYS AS (status IN ('pending', 'sending')) STORED,
        ADD COLUMN dead boolean NOT NULL GENERATED ALWAYS AS (status = 'dead') STORED,
        ADD CONSTRAINT retries_lease_check CHECK ((status = 'sending') = (leased_by IS NOT NULL))`);
    await createIndexes(runner, { claimable: 'claimable', dead: 'dead' });
    await createStates(runner, 'NOT r.dead');
  }

  async down(runner: QueryRunner): Promise<void> {
    await createStates(runner, "r.status <> 'dead'");
    await dropIndexes(runner);
    await runner.query('UPDATE retries SET due_at = leased_until WHERE leased_until IS NOT NULL');
    await runner.query(`
      ALTER TABLE retries
        DROP CONSTRAINT retries_lease_check, DROP COLUMN leased_until, DROP COLUMN claimable, DROP COLUMN dead`);
    await runner.query('ALTER TABLE retries SET (fillfactor = 80)');
    await createIndexes(runner, { claimable: "status IN ('pending', 'sending')", dead: "status = 'dead'" });
  }
}

async function dropIndexes(runner: QueryRunner): Promise<void> {
  await runner.query('DROP INDEX retries_due, retries_order, retries_dead');
}

async function createIndexes(
  runner: QueryRunner,
  { claimable, dead }: { claimable: string; dead: string },
): Promise<void> {
  await runner.query(`CREATE INDEX retries_due ON retries (webhook_id, due_at) WHERE ${claimable}`);
  await runner.query(
    `CREATE INDEX retries_order ON retries (webhook_id, order_key, sequence) WHERE NOT (${dead})`,
  );
  await runner.query(`CREATE INDEX retries_dead ON retries (webhook_id, created_at) WHERE ${dead}`);
}

async function createStates(runner: QueryRunner, live: string): Promise<void> {
  await runner.query(`
    CREATE OR REPLACE VIEW webhook_states AS
    SELECT w.id AS webhook_id,
           CASE WHEN NOT w.enabled THEN 'disabled'
                WHEN h.webhook_id IS NOT NULL THEN 'failing'
                ELSE 'healthy' END AS status,
           (SELECT count(*)::integer FROM retries r WHERE r.webhook_id = w.id AND ${live}) AS pending_count
    FROM webhooks w LEFT JOIN webhook_health h ON h.webhook_id = w.id`);
}
