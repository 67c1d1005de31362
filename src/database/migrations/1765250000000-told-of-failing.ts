/**
 * Since when operators know that a webhook is failing: a notice is given once, whichever process gives it. The release
 * before does not know the column, and loses nothing by it.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ToldOfFailing1765250000000 implements MigrationInterface {
  readonly name = 'ToldOfFailing1765250000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE webhook_health ADD COLUMN told_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE webhook_health DROP COLUMN told_at');
  }
}
