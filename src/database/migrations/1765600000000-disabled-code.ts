/** Why the service disabled a webhook, as a code beside the sentence, so that people can be told in their language. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class DisabledCode1765600000000 implements MigrationInterface {
  readonly name = 'DisabledCode1765600000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE webhooks ADD COLUMN disabled_code text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE webhooks DROP COLUMN disabled_code');
  }
}
