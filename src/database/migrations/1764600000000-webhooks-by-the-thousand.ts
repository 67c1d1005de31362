/**
 * Makes thousands of webhooks cheap, and millions of rows that wait for one of them.
 *
 * The notification `webhooks_changed` now names the webhook by its id. It is empty if one statement changed many webhooks,
 * or if the keys of the service changed. An older service ignores the id and loads all webhooks, as before.
 *
 * Deleting a webhook deletes up to a thousand of its live rows and a thousand of its dead ones with it. The service
 * deletes the others in lots (`retries/orphan-rows.ts`). Before, a foreign key deleted all rows in the same transaction.
 * That held up everybody who stored for this webhook. And without any rows it still read the whole table, because no index
 * has the rows of all states.
 *
 * `pending_count` stops at a thousand. Before, a page of webhooks counted all rows, even a million.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** If a statement changes more webhooks than this, the notification names none. */
const NAMED_AT_MOST = 100;
const DELETED_AT_ONCE = 1_000;
const COUNTED_AT_MOST = 1_000;

export class WebhooksByTheThousand1764600000000 implements MigrationInterface {
  readonly name = 'WebhooksByTheThousand1764600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER webhooks_changed ON webhooks');
    await createNaming(runner);
    await createDeleting(runner);
    await runner.query('ALTER TABLE retries DROP CONSTRAINT retries_webhook_fkey');
    await createStates(
      runner,
      `SELECT count(*)::integer FROM (
         SELECT FROM retries r WHERE r.webhook_id = w.id AND NOT r.dead
         ORDER BY r.order_key, r.sequence LIMIT ${COUNTED_AT_MOST}
       ) counted`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await createStates(
      runner,
      'SELECT count(*)::integer FROM retries r WHERE r.webhook_id = w.id AND NOT r.dead',
    );
    await runner.query(
      'DELETE FROM retries r WHERE NOT EXISTS (SELECT FROM webhooks WHERE id = r.webhook_id)',
    );
    await runner.query(`
      ALTER TABLE retries ADD CONSTRAINT retries_webhook_fkey
      FOREIGN KEY (webhook_id) REFERENCES webhooks (id) ON DELETE CASCADE`);
    await runner.query('DROP TRIGGER webhook_deleted ON webhooks');
    await runner.query('DROP FUNCTION delete_retries_of_webhook');
    await runner.query('DROP TRIGGER service_keys_changed ON service_keys');
    for (const event of ['inserted', 'updated', 'deleted', 'truncated']) {
      await runner.query(`DROP TRIGGER webhooks_${event} ON webhooks`);
    }
    await runner.query('DROP FUNCTION notify_which_webhooks_changed');
    await runner.query(`
      CREATE TRIGGER webhooks_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON webhooks
      FOR EACH STATEMENT EXECUTE FUNCTION notify_webhooks_changed()`);
  }
}

/**
 * A trigger that reads the changed rows can be for one kind of statement only, so there are three. After a TRUNCATE there
 * are no changed rows to read.
 */
async function createNaming(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE FUNCTION notify_which_webhooks_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF (SELECT count(*) FROM changed) > ${NAMED_AT_MOST} THEN
        PERFORM pg_notify('webhooks_changed', '');
      ELSE
        PERFORM pg_notify('webhooks_changed', id::text) FROM changed;
      END IF;
      RETURN NULL;
    END $$`);
  const named = (event: string, operation: string, rows: 'NEW' | 'OLD'): Promise<unknown> =>
    runner.query(`
      CREATE TRIGGER webhooks_${event} AFTER ${operation} ON webhooks REFERENCING ${rows} TABLE AS changed
      FOR EACH STATEMENT EXECUTE FUNCTION notify_which_webhooks_changed()`);
  await named('inserted', 'INSERT', 'NEW');
  await named('updated', 'UPDATE', 'NEW');
  await named('deleted', 'DELETE', 'OLD');
  await runner.query(`
    CREATE TRIGGER webhooks_truncated AFTER TRUNCATE ON webhooks
    FOR EACH STATEMENT EXECUTE FUNCTION notify_webhooks_changed()`);
  await runner.query(`
    CREATE TRIGGER service_keys_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON service_keys
    FOR EACH STATEMENT EXECUTE FUNCTION notify_webhooks_changed()`);
}

/**
 * The queries have the order of a partial index. Without it the planner may read the whole table. Locked rows are skipped:
 * the service deletes them later.
 */
async function createDeleting(runner: QueryRunner): Promise<void> {
  const some = (which: string, order: string): string => `
      DELETE FROM retries WHERE delivery_id = ANY (ARRAY (
        SELECT delivery_id FROM retries WHERE webhook_id = OLD.id AND ${which}
        ORDER BY ${order} LIMIT ${DELETED_AT_ONCE} FOR UPDATE SKIP LOCKED
      ));`;
  await runner.query(`
    CREATE FUNCTION delete_retries_of_webhook() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      ${some('NOT dead', 'order_key, sequence')}
      ${some('dead', 'created_at')}
      RETURN NULL;
    END $$`);
  await runner.query(`
    CREATE TRIGGER webhook_deleted AFTER DELETE ON webhooks
    FOR EACH ROW EXECUTE FUNCTION delete_retries_of_webhook()`);
}

async function createStates(runner: QueryRunner, pendingCount: string): Promise<void> {
  await runner.query(`
    CREATE OR REPLACE VIEW webhook_states AS
    SELECT w.id AS webhook_id,
           CASE WHEN NOT w.enabled THEN 'disabled'
                WHEN h.webhook_id IS NOT NULL THEN 'failing'
                ELSE 'healthy' END AS status,
           (${pendingCount}) AS pending_count
    FROM webhooks w LEFT JOIN webhook_health h ON h.webhook_id = w.id`);
}
