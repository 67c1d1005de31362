/**
 * When dead letters were sent back, by whom, and where they are now in the events topic. And the audit trail has entries
 * that are about no webhook.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class DeadLetterSendBacks1765000000000 implements MigrationInterface {
  readonly name = 'DeadLetterSendBacks1765000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE audit_entries ALTER COLUMN webhook_id DROP NOT NULL');
    await runner.query(`
      CREATE TABLE dead_letter_send_backs (
        id uuid NOT NULL,
        topic text NOT NULL,
        partition integer NOT NULL,
        "offset" bigint NOT NULL,
        recorded_at text NOT NULL,
        sent_at timestamptz(3) NOT NULL DEFAULT now(),
        sent_by text NOT NULL,
        event_partition integer,
        event_offset bigint,
        CONSTRAINT dead_letter_send_backs_pkey PRIMARY KEY (id)
      )`);
    await runner.query(`
      CREATE INDEX dead_letter_send_backs_letter ON dead_letter_send_backs (topic, partition, "offset")`);
  }

  /** An entry without a webhook stays: the trail is never changed. So the column stays as it is. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE dead_letter_send_backs');
  }
}
