/**
 * Room for what is stored encrypted: signing secrets of webhooks, and the Ed25519 key of the service. Plain secrets of
 * earlier rows are encrypted at start, by the service, which has the key; signing secrets are made there too.
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

  /** What is encrypted stays so: an earlier version would take it for the secret itself. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE service_keys');
    await runner.query(`
      ALTER TABLE webhooks
        DROP COLUMN signing_secrets,
        DROP COLUMN ed25519_signature`);
  }
}
