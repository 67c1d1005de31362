/**
 * Adds the id by which receivers know an event (`webhook-id`). For a CloudEvent it is made from source and id, so it can no
 * longer be computed from the event's id alone.
 *
 * Null means that it can be computed from the event's id. That is also true for rows of an older service.
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
