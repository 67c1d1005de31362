/**
 * The tables of the history (docs/decisions/0016): what was read of the results topic.
 *
 * `attempts` has a row for each record, which never changes. It is partitioned by whether the attempt delivered, and then
 * by day, by the time in its id (UUIDv7): the days are made and dropped by `history/days.ts`. `delivery_states` has a row for
 * each delivery that was not delivered by its only attempt. `attempt_counts` adds up, by webhook and hour.
 *
 * Lists are in the order of `created_at`, which for a single attempt is `started_at`, and of the delivery's id. The indexes
 * have exactly this order, or a list would sort whole days. User names and event ids may be long, so their hash is indexed.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * In lists of all deliveries the time is written like this, and elsewhere it is not: else the planner may take a list of
 * one webhook for a list of all, with many to be left out.
 */
const IN_UTC = (column: string): string => `(${column} AT TIME ZONE 'UTC')`;

export class History1764800100000 implements MigrationInterface {
  readonly name = 'History1764800100000';

  async up(runner: QueryRunner): Promise<void> {
    await createAttempts(runner);
    await createStates(runner);
    await createCounts(runner);
    // Erasing a user is about no webhook.
    await runner.query('ALTER TABLE audit_entries ALTER COLUMN webhook_id DROP NOT NULL');
    await runner.query(`
      CREATE TABLE history_positions (
        topic text NOT NULL,
        partition integer NOT NULL,
        next_offset bigint NOT NULL,
        end_offset bigint NOT NULL,
        first_read_at timestamptz(3),
        read_to timestamptz(3),
        checked_at timestamptz(3) NOT NULL DEFAULT now(),
        passed_over bigint NOT NULL DEFAULT 0,
        lost bigint NOT NULL DEFAULT 0,
        CONSTRAINT history_positions_pkey PRIMARY KEY (topic, partition)
      )`);
    await runner.query(`
      CREATE TABLE erased_users (
        username_hash text NOT NULL,
        erased_at timestamptz(3) NOT NULL DEFAULT now(),
        CONSTRAINT erased_users_pkey PRIMARY KEY (username_hash)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE erased_users, history_positions, attempt_counts, delivery_states, attempts',
    );
    await runner.query('DROP AGGREGATE sum_counts(integer[])');
    await runner.query('DROP FUNCTION add_counts');
  }
}

async function createAttempts(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE attempts (
      id uuid NOT NULL,
      delivered boolean NOT NULL,
      attempt integer NOT NULL,
      delivery_id uuid NOT NULL,
      webhook_id uuid NOT NULL,
      started_at timestamptz(3) NOT NULL,
      next_attempt_at timestamptz(3),
      source_offset bigint,
      source_partition integer,
      duration_ms integer NOT NULL,
      status_code integer,
      event_id text NOT NULL,
      event_type text NOT NULL,
      event_timestamp text NOT NULL,
      webhook_url text NOT NULL,
      method text NOT NULL,
      reason text NOT NULL,
      outcome text NOT NULL,
      error_code text,
      error_message text,
      response_body text,
      source_topic text,
      username text,
      replay_id uuid,
      CONSTRAINT attempts_pkey PRIMARY KEY (id, delivered)
    ) PARTITION BY LIST (delivered)`);
  await runner.query(
    'CREATE TABLE attempts_delivered PARTITION OF attempts FOR VALUES IN (true) PARTITION BY RANGE (id)',
  );
  await runner.query(
    'CREATE TABLE attempts_failed PARTITION OF attempts FOR VALUES IN (false) PARTITION BY RANGE (id)',
  );
  await runner.query('CREATE INDEX attempts_delivery ON attempts (delivery_id)');
  const listed = (name: string, columns: string): Promise<unknown> =>
    runner.query(`CREATE INDEX ${name} ON attempts_delivered (${columns}) WHERE attempt = 1`);
  await listed('attempts_listed', `${IN_UTC('started_at')}, delivery_id`);
  await listed('attempts_webhook', 'webhook_id, started_at, delivery_id');
  await listed('attempts_user', 'hashtextextended(username, 0), started_at, delivery_id');
  await listed('attempts_event', 'hashtextextended(event_id, 0), started_at, delivery_id');
}

async function createStates(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE delivery_states (
      delivery_id uuid NOT NULL,
      webhook_id uuid NOT NULL,
      latest_id uuid NOT NULL,
      created_at timestamptz(3) NOT NULL,
      last_attempt_at timestamptz(3) NOT NULL,
      next_attempt_at timestamptz(3),
      source_offset bigint,
      source_partition integer,
      attempt_count integer NOT NULL,
      attempt integer NOT NULL,
      duration_ms integer NOT NULL,
      status_code integer,
      status text NOT NULL,
      event_id text NOT NULL,
      event_type text NOT NULL,
      event_timestamp text NOT NULL,
      error_code text,
      source_topic text,
      username text,
      CONSTRAINT delivery_states_pkey PRIMARY KEY (delivery_id)
    ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000)`);
  const index = (name: string, columns: string): Promise<unknown> =>
    runner.query(`CREATE INDEX ${name} ON delivery_states (${columns})`);
  await index('delivery_states_listed', `${IN_UTC('created_at')}, delivery_id`);
  await index('delivery_states_age', 'created_at');
  await index('delivery_states_webhook', 'webhook_id, created_at, delivery_id');
  await runner.query(`
    CREATE INDEX delivery_states_not_delivered ON delivery_states (webhook_id, created_at, delivery_id)
    WHERE status <> 'delivered'`);
  await index('delivery_states_user', 'hashtextextended(username, 0), created_at, delivery_id');
  await index('delivery_states_event', 'hashtextextended(event_id, 0), created_at, delivery_id');
}

/** Counts are arrays, by error code and by duration; a longer one counts more kinds. */
async function createCounts(runner: QueryRunner): Promise<void> {
  await runner.query(`
    CREATE TABLE attempt_counts (
      webhook_id uuid NOT NULL,
      hour timestamptz(0) NOT NULL,
      delivered integer NOT NULL,
      failed integer NOT NULL,
      exhausted integer NOT NULL,
      error_codes integer[] NOT NULL,
      durations integer[] NOT NULL,
      CONSTRAINT attempt_counts_pkey PRIMARY KEY (webhook_id, hour)
    ) WITH (fillfactor = 50)`);
  await runner.query('CREATE INDEX attempt_counts_hour ON attempt_counts (hour)');
  await runner.query(`
    CREATE FUNCTION add_counts(integer[], integer[]) RETURNS integer[] LANGUAGE sql IMMUTABLE AS $$
      SELECT coalesce(array_agg(coalesce(a, 0) + coalesce(b, 0) ORDER BY n), '{}')
      FROM unnest($1, $2) WITH ORDINALITY AS pairs (a, b, n)
    $$`);
  await runner.query(`
    CREATE AGGREGATE sum_counts(integer[]) (SFUNC = add_counts, STYPE = integer[], INITCOND = '{}')`);
}
