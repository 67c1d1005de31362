/**
 * The id by which receivers know an event (`webhook-id`) is that of its source too where it came as a CloudEvent, so it
 * can no longer be worked out from the event's id. Null, also in rows of a service before this migration: it can.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class MessageIds1764700000000 implements MigrationInterface {
  readonly name = 'MessageIds1764700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE retries ADD COLUMN message_id text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE retries DROP COLUMN message_id');
  }
}
