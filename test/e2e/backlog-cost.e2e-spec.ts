/** The cost of a poll does not grow with the backlog: its plans with 200,000 waiting rows, half of them dead ends. */
import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../dev/embedded-postgres.ts';
import { runMigrations } from '../../src/database/migrate.ts';
import { CLAIM_ROWS, FIND_HEADS, RENEW_LEASES } from '../../src/retries/claim-rows.ts';
import { FIND_LIVE } from '../../src/retries/live-rows.ts';
import { COUNT_ROWS } from '../../src/retries/row-census.ts';
import { BURY, DELETE_DELIVERED, RESCHEDULE } from '../../src/retries/finish-rows.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';

const WEBHOOKS = 20;
const ROWS = 200_000;
/** A plan that touches more pages than this reads the backlog, not its beginning. */
const FEW_BUFFERS = 5_000;

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Shared Hit Blocks': number;
  'Shared Read Blocks': number;
  Plans?: Plan[];
}

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  await runMigrations(database.url);
  await withClient(database.url, async (client) => {
    await client.query(`
      INSERT INTO webhooks (id, url, triggers, method)
      SELECT gen_random_uuid(), 'http://receiver/' || n, '{user_created}', 'POST' FROM generate_series(1, ${WEBHOOKS}) n`);
    await client.query(`
      INSERT INTO retries (delivery_id, webhook_id, order_key, status, due_at, attempts, event_id, event_type, event_timestamp, body)
      SELECT gen_random_uuid(), w.ids[1 + n % ${WEBHOOKS}], md5((n / 40)::text)::uuid,
             CASE WHEN n % 40 < ${WEBHOOKS} THEN 'pending' ELSE 'waiting' END,
             now() + ((n % 7200) - 3600) * interval '1 second', 1, n::text, 'user_created', '', '\\x7b7d'
      FROM generate_series(0, ${ROWS - 1}) n, (SELECT array_agg(id) AS ids FROM webhooks) w`);
    await client.query('VACUUM ANALYZE retries');
  });
});

afterAll(() => database.drop());

async function explain(client: Client, query: string, parameters: unknown[]): Promise<Plan> {
  const result = await client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
    `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${query}`,
    parameters,
  );
  const plan = result.rows[0]?.['QUERY PLAN'][0].Plan;
  if (!plan) throw new Error('no plan');
  return plan;
}

function sequentialScansOf(plan: Plan): string[] {
  const own = plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] ?? ''] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(sequentialScansOf)];
}

function indexesOf(plan: Plan): string[] {
  const own = plan['Index Name'] === undefined ? [] : [plan['Index Name']];
  return [...own, ...(plan.Plans ?? []).flatMap(indexesOf)];
}

function buffers(plan: Plan): number {
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
}

it('finding who has due rows jumps through the index from webhook to webhook', async () => {
  await withClient(database.url, async (client) => {
    const plan = await explain(client, FIND_HEADS, []);
    expect(sequentialScansOf(plan)).not.toContain('retries');
    expect(buffers(plan)).toBeLessThan(FEW_BUFFERS);
  });
});

it('counting rows for the metrics goes along the indexes, to a limit', async () => {
  await withClient(database.url, async (client) => {
    expect(sequentialScansOf(await explain(client, COUNT_ROWS, []))).not.toContain('retries');
  });
});

it('whether deliveries may be sent at once is found by their users and ids, and does not read all that is live', async () => {
  await withClient(database.url, async (client) => {
    const { rows } = await client.query<{ delivery_id: string; webhook_id: string; order_key: string }>(
      'SELECT delivery_id, webhook_id, order_key FROM retries LIMIT 500',
    );
    const plan = await explain(client, FIND_LIVE, [
      rows.map((row) => row.delivery_id),
      rows.map((row) => row.webhook_id),
      rows.map((row) => row.order_key),
    ]);
    expect(sequentialScansOf(plan)).not.toContain('retries');
    expect(buffers(plan)).toBeLessThan(FEW_BUFFERS);
  });
});

it('claiming reads the rows it takes, and no others', async () => {
  await withClient(database.url, async (client) => {
    const { rows } = await client.query<{ id: string }>('SELECT id FROM webhooks');
    const ids = rows.map(({ id }) => id);
    const parameters = [randomUUID(), 30_000, ids, ids.map(() => 5), 1_000_000];
    const plan = await explain(client, CLAIM_ROWS, parameters);
    expect(sequentialScansOf(plan)).not.toContain('retries');
    expect(buffers(plan)).toBeLessThan(FEW_BUFFERS);
  });
});

/** As in a drain: one in twenty is due, and what is being sent is among them. */
describe('what is being sent', () => {
  const LEASED = 500;
  const holder = randomUUID();
  const fill = (length: number, value: number): number[] => new Array<number>(length).fill(value);
  /** When the first attempt started: only the first attempt of a row tells it. */
  const unknown = new Array<null>(LEASED).fill(null);
  let drained: TestDatabase;
  let ids: string[];

  beforeAll(async () => {
    drained = await createDatabase();
    await runMigrations(drained.url);
    await withClient(drained.url, async (client) => {
      await client.query(`
        WITH webhook AS (
          INSERT INTO webhooks (id, url, triggers, method)
          VALUES (gen_random_uuid(), 'http://receiver/', '{user_created}', 'POST') RETURNING id
        )
        INSERT INTO retries (delivery_id, webhook_id, order_key, status, due_at, attempts, event_id, event_type, event_timestamp, body)
        SELECT gen_random_uuid(), webhook.id, md5((n % 5000)::text)::uuid,
               CASE WHEN n < 5000 THEN 'pending' ELSE 'waiting' END, now(), 1, n::text, 'user_created', '', '\\x7b7d'
        FROM generate_series(0, 99999) n, webhook`);
      const { rows } = await client.query<{ id: string }>(
        `UPDATE retries SET status = 'sending', leased_by = $1, leased_until = now() + interval '30 s'
         WHERE delivery_id IN (SELECT delivery_id FROM retries WHERE status = 'pending' LIMIT $2) RETURNING delivery_id AS id`,
        [holder, LEASED],
      );
      ids = rows.map(({ id }) => id);
      await client.query('VACUUM ANALYZE retries');
    });
  });

  afterAll(() => drained.drop());

  it.each([
    ['ending the delivered', DELETE_DELIVERED, () => [holder, ids]],
    ['giving up', BURY, () => [holder, ids, fill(LEASED, 2), unknown]],
    ['rescheduling', RESCHEDULE, () => [holder, ids, fill(LEASED, 2), fill(LEASED, 1_000), unknown]],
    ['renewing leases', RENEW_LEASES, () => [holder, 30_000, ids]],
  ])('%s finds it by its id, and does not read all that is due', async (_, query, parameters) => {
    await withClient(drained.url, async (client) => {
      await client.query('BEGIN');
      const plan = await explain(client, query, parameters());
      await client.query('ROLLBACK');
      expect(new Set(indexesOf(plan))).toEqual(new Set(['retries_pkey']));
    });
  });
});
