/**
 * Columns and a table for encrypted values: the signing secrets of webhooks, and the Ed25519 key of the service.
 *
 * Plain secrets in earlier rows are encrypted by the service at its start, because only it has the key. It also makes the
 * missing signing secrets then.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class EncryptSecrets1764200000000 implements MigrationInterface {
  readonly name = 'EncryptSecrets1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE webhooks
        ADD COLUMN signing_secrets text,
        ADD COLUMN ed25519_signature boolean NOT NULL DEFAULT false`);
    await runner.query(`
      CREATE TABLE service_keys (
        name text NOT NULL,
        private_key text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT service_keys_pkey PRIMARY KEY (name)
      )`);
  }

  /** Secrets stay encrypted. An earlier version would take the encrypted text for the secret itself. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE service_keys');
    await runner.query(`
      ALTER TABLE webhooks
        DROP COLUMN signing_secrets,
        DROP COLUMN ed25519_signature`);
  }
}
