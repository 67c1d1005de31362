/**
 * The index by which the attempts of a delivery are found has their ids too. Without them, and without statistics of a new
 * day, PostgreSQL looked a delivery up by the range of ids, which is the whole day: the history became slower with each
 * result. The release before uses the new index just as well.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class LookUpByDelivery1765300000000 implements MigrationInterface {
  readonly name = 'LookUpByDelivery1765300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX attempts_delivery_id ON attempts (delivery_id, id)');
    await runner.query('DROP INDEX attempts_delivery');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX attempts_delivery ON attempts (delivery_id)');
    await runner.query('DROP INDEX attempts_delivery_id');
  }
}
