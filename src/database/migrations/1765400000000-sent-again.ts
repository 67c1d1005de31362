/**
 * What is sent again keeps its past. A row of `retries` says which replays it belonged to before: it is counted in each of
 * them, by its state of now. A trigger sees to it, so whatever changes the replay of a row need not think of it. A resend
 * says how many attempts its delivery had. And what was given up is found by its place in the log.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SentAgain1765400000000 implements MigrationInterface {
  readonly name = 'SentAgain1765400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE replays ADD COLUMN attempts_before integer NOT NULL DEFAULT 0');
    await runner.query('ALTER TABLE retries ADD COLUMN earlier_replay_ids uuid[]');
    await runner.query(`
      CREATE INDEX retries_earlier_replays ON retries USING gin (earlier_replay_ids) WHERE earlier_replay_ids IS NOT NULL`);
    // Not `WHERE dead`: it would be taken for rows that are recovered, which are read in another order.
    await runner.query(
      `CREATE INDEX retries_given_up ON retries (source_partition, source_offset) WHERE status = 'dead'`,
    );
    await runner.query(`
      CREATE FUNCTION keep_earlier_replays() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        NEW.earlier_replay_ids := array_remove(
          array_remove(array_append(OLD.earlier_replay_ids, OLD.replay_id), NULL), NEW.replay_id);
        RETURN NEW;
      END $$`);
    await runner.query(`
      CREATE TRIGGER retry_earlier_replays BEFORE UPDATE OF replay_id ON retries FOR EACH ROW
      WHEN (OLD.replay_id IS DISTINCT FROM NEW.replay_id
        AND (OLD.replay_id IS NOT NULL OR OLD.earlier_replay_ids IS NOT NULL))
      EXECUTE FUNCTION keep_earlier_replays()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER retry_earlier_replays ON retries');
    await runner.query('DROP FUNCTION keep_earlier_replays');
    await runner.query('DROP INDEX retries_given_up, retries_earlier_replays');
    await runner.query('ALTER TABLE retries DROP COLUMN earlier_replay_ids');
    await runner.query('ALTER TABLE replays DROP COLUMN attempts_before');
  }
}
