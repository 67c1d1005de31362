/** Migrations go forward only, and the release before works on the schema of the next one: see docs/operating.md. */
import { describe, expect, it } from 'vitest';
import type { QueryRunner } from 'typeorm';
import { MIGRATIONS } from '../../src/database/migrations/list.ts';
import { breakingChanges } from '../support/breaking-changes.ts';

/** What looks like a break and is none: why. */
const HARMLESS: Readonly<Record<string, string>> = {
  'LeaseInPlace1764500000000: the release before does not keep to it':
    'retries_lease_check says what the statements of the release before keep to: test/e2e/upgrade.e2e-spec.ts runs them',
};

async function statementsOf(migration: (typeof MIGRATIONS)[number]): Promise<string[]> {
  const statements: string[] = [];
  const query = (statement: string): Promise<unknown[]> => {
    statements.push(statement);
    return Promise.resolve([]);
  };
  await new migration().up({ query } as Partial<QueryRunner> as QueryRunner);
  return statements;
}

describe('migrations', () => {
  it('are in the order of their times', () => {
    const times = MIGRATIONS.map(({ name }) => Number(/\d+$/.exec(name)?.[0]));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('break nothing for instances of the release before', async () => {
    const found: string[] = [];
    for (const migration of MIGRATIONS) {
      const statements = await statementsOf(migration);
      const breaks = statements.flatMap((statement) => breakingChanges(statement, statements));
      found.push(...breaks.map((why) => `${migration.name}: ${why}`));
    }
    expect(found).toEqual(Object.keys(HARMLESS));
  });
});

describe('a break', () => {
  it.each([
    'DROP TABLE retries',
    'TRUNCATE retries',
    "DELETE FROM retries WHERE status = 'dead'",
    'ALTER TABLE retries DROP COLUMN body',
    'ALTER TABLE retries RENAME COLUMN body TO payload',
    'ALTER TABLE retries RENAME TO deliveries',
    'ALTER TABLE retries ALTER COLUMN attempts TYPE text',
    'ALTER TABLE retries ALTER COLUMN attempts SET DATA TYPE text',
    'ALTER TABLE retries ALTER COLUMN tracestate SET NOT NULL',
    'ALTER TABLE webhooks ALTER COLUMN description DROP DEFAULT',
    'ALTER TABLE webhooks DROP CONSTRAINT webhooks_url_key',
    'ALTER TABLE retries ADD COLUMN username text NOT NULL',
    'ALTER TABLE retries ADD COLUMN a integer DEFAULT 1, ADD COLUMN b numeric(4, 2) NOT NULL',
    'ALTER TABLE retries ADD CONSTRAINT retries_check CHECK (attempts < 100)',
    'ALTER TABLE retries ADD UNIQUE (event_id)',
    'CREATE UNIQUE INDEX retries_event ON retries (event_id)',
    'DROP VIEW webhook_states',
  ])('is seen: %s', (statement) => {
    expect(breakingChanges(statement)).toHaveLength(1);
  });

  it.each([
    'ALTER TABLE retries ADD COLUMN username text',
    'ALTER TABLE retries ADD COLUMN n integer NOT NULL DEFAULT 0, ADD COLUMN told_at timestamptz',
    'ALTER TABLE retries ADD COLUMN dead boolean NOT NULL GENERATED ALWAYS AS (attempts > 1) STORED',
    'ALTER TABLE audit_entries ALTER COLUMN webhook_id DROP NOT NULL',
    'ALTER TABLE retries DROP CONSTRAINT retries_webhook_fkey',
    'CREATE TABLE new (id uuid NOT NULL, CONSTRAINT new_pkey PRIMARY KEY (id), CONSTRAINT new_key UNIQUE (id))',
    'CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM webhook_health; DROP TABLE x; END $$',
    'DROP INDEX retries_due',
  ])('is none: %s', (statement) => {
    expect(breakingChanges(statement)).toEqual([]);
  });

  it('is none where the same migration makes what it drops anew, or the table that it binds', () => {
    expect(breakingChanges('DROP VIEW webhook_states', ['CREATE VIEW webhook_states AS SELECT 1'])).toEqual(
      [],
    );
  });
});
