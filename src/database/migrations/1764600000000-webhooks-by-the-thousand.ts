/**
 * What makes thousands of webhooks, and millions of rows that wait for one of them, cheap.
 *
 * Word of a change names the webhook: `webhooks_changed` with its id; with nothing where a statement changed many, or
 * the keys of the service. A listener of the version before looks at no payload and loads everything, as it did.
 *
 * Whoever deletes a webhook deletes up to a thousand of its rows with it. The others are deleted in lots by the service
 * (`retries/orphan-rows.ts`). A foreign key did it all in the deleting transaction, which held up whoever stored for that
 * webhook meanwhile, and read the whole table where nothing waited, as no index has the rows of all states.
 *
 * `pending_count` stops at a thousand: with a million rows, a page of webhooks read them all.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A statement that changes more webhooks than this does not name them. */
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

/** PostgreSQL hands over what was changed to one event of a trigger at a time, and nothing of a TRUNCATE. */
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

/** In the order of a partial index, or the planner may read the table instead. Rows that are locked are left to the lots. */
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
