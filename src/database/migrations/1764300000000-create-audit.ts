/**
 * The table of the audit trail. A trigger refuses every change or deletion of an entry, whoever tries it.
 *
 * Entries outlive their webhook, so there is no foreign key. They are read newest first, by id (UUIDv7). `changes` has the
 * type `json`, which keeps the order of members.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateAudit1764300000000 implements MigrationInterface {
  readonly name = 'CreateAudit1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_entries (
        id uuid NOT NULL,
        created_at timestamptz(3) NOT NULL DEFAULT now(),
        action text NOT NULL,
        webhook_id uuid NOT NULL,
        actor text NOT NULL,
        actor_kind text NOT NULL,
        role text,
        client_address text,
        request_id text,
        changes json NOT NULL,
        CONSTRAINT audit_entries_pkey PRIMARY KEY (id),
        CONSTRAINT audit_entries_actor_kind_check CHECK (actor_kind IN ('token', 'oidc', 'system')),
        CONSTRAINT audit_entries_role_check CHECK (role IN ('admin', 'viewer'))
      )`);
    await runner.query('CREATE INDEX audit_entries_webhook ON audit_entries (webhook_id, id)');
    await runner.query(`
      CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'audit_entries is append-only';
      END $$`);
    await runner.query(`
      CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_entries');
    await runner.query('DROP FUNCTION refuse_audit_change');
  }
}
