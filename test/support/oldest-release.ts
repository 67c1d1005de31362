/**
 * The oldest release, as far as the database sees it: its schema, and the statements with which it stored deliveries (here
 * one at a time), leased them and ended them. An instance of it runs beside the present one while an upgrade goes on.
 */
import { createHash, randomUUID } from 'node:crypto';
import axios from 'axios';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.ts';
import { CreateRetries1764100000000 } from '../../src/database/migrations/1764100000000-create-retries.ts';
import { CreateWebhooks1764000000000 } from '../../src/database/migrations/1764000000000-create-webhooks.ts';
import type { UserEventValue } from './topics.ts';

/** Its requests bear this header. */
export const BY_OLDEST = 'x-oldest-release';
const LEASE_MS = 30_000;
const POLL_MS = 20;

const STORE = `
  WITH judged AS MATERIALIZED (
    SELECT earlier.delivery_id IS NOT NULL AS blocked
    FROM webhooks LEFT JOIN LATERAL (
      SELECT r.delivery_id FROM retries r
      WHERE r.webhook_id = $2 AND r.order_key = $3 AND r.status <> 'dead'
      ORDER BY r.sequence LIMIT 1
      FOR SHARE OF r
    ) earlier ON true
    WHERE webhooks.id = $2
  )
  INSERT INTO retries (
    delivery_id, webhook_id, order_key, status, due_at, leased_by, attempts, event_id, event_type,
    event_timestamp, body, traceparent, tracestate, source_topic, source_partition, source_offset
  )
  SELECT $1, $2, $3, CASE WHEN $4 = 'dead' THEN 'dead' WHEN blocked THEN 'waiting' ELSE $4 END,
         now() + $5::float8 * interval '1 millisecond', CASE WHEN $4 = 'sending' AND NOT blocked THEN $6::uuid END,
         1, $7, $8, $9, $10, NULL, NULL, NULL, NULL, NULL
  FROM judged
  ON CONFLICT (delivery_id) DO UPDATE
  SET status = excluded.status, due_at = excluded.due_at, leased_by = excluded.leased_by,
      attempts = excluded.attempts, scheduled_at = now()
  WHERE retries.status = 'dead'`;

const CLAIM = `
  WITH due AS MATERIALIZED (
    SELECT r.delivery_id FROM retries r
    WHERE r.webhook_id = $3 AND r.status IN ('pending', 'sending') AND r.due_at <= now()
    ORDER BY r.due_at LIMIT 5
    FOR UPDATE OF r SKIP LOCKED
  )
  UPDATE retries r
  SET status = 'sending', leased_by = $1, due_at = now() + $2::float8 * interval '1 millisecond'
  WHERE r.delivery_id = ANY (ARRAY (SELECT delivery_id FROM due))
  RETURNING r.delivery_id, r.webhook_id, r.order_key, r.sequence, r.attempts, r.event_id, r.event_type,
            r.event_timestamp, r.body, r.traceparent, r.tracestate, r.source_topic, r.source_partition, r.source_offset`;

const DELETE_DELIVERED = `
  DELETE FROM retries WHERE delivery_id = ANY ($2::uuid[]) AND leased_by = $1
  RETURNING webhook_id, order_key`;

const RESCHEDULE = `
  UPDATE retries r
  SET status = 'pending', leased_by = NULL, attempts = again.attempts, scheduled_at = now(),
      due_at = now() + again.delay_ms * interval '1 millisecond'
  FROM unnest($2::uuid[], $3::integer[], $4::float8[]) AS again (delivery_id, attempts, delay_ms)
  WHERE r.delivery_id = again.delivery_id AND r.leased_by = $1`;

const PROMOTE_NEXT = `
  UPDATE retries r SET status = 'pending', due_at = now()
  FROM (SELECT DISTINCT * FROM unnest($1::uuid[], $2::uuid[]) AS k (webhook_id, order_key)) ended
  CROSS JOIN LATERAL (
    SELECT n.delivery_id FROM retries n
    WHERE n.webhook_id = ended.webhook_id AND n.order_key = ended.order_key AND n.status <> 'dead'
    ORDER BY n.sequence LIMIT 1
  ) first
  WHERE r.delivery_id = first.delivery_id AND r.status = 'waiting'`;

interface LeasedRow {
  readonly delivery_id: string;
  readonly webhook_id: string;
  readonly order_key: string;
  readonly attempts: number;
  readonly event_id: string;
  readonly event_type: string;
  readonly body: Buffer;
}

export class OldestRelease {
  readonly #id = randomUUID();
  readonly #pool: pg.Pool;
  #working: Promise<void> | null = null;
  #stopped = false;
  /** How many deliveries it has ended. */
  delivered = 0;

  private constructor(databaseUrl: string) {
    this.#pool = new pg.Pool({ connectionString: databaseUrl, max: 2 });
  }

  /** With its schema, and nothing in it. */
  static async install(databaseUrl: string): Promise<OldestRelease> {
    const migrations = [CreateWebhooks1764000000000, CreateRetries1764100000000];
    const dataSource = new DataSource({ ...dataSourceOptions(databaseUrl), migrations });
    await dataSource.initialize();
    await dataSource.runMigrations();
    await dataSource.destroy();
    return new OldestRelease(databaseUrl);
  }

  /** @returns its id. */
  async createWebhook(
    url: string,
    values: { secretToken?: string; enabled?: boolean } = {},
  ): Promise<string> {
    const id = randomUUID();
    await this.#pool.query(
      `INSERT INTO webhooks (id, url, description, secret_token, triggers, enabled, method, headers)
       VALUES ($1, $2, 'of before', $3, '{user_created,user_modified,user_deleted,user_keys}', $4, 'POST', '{"X-Own": "kept"}')`,
      [id, url, values.secretToken ?? null, values.enabled ?? true],
    );
    return id;
  }

  /** @param dueInMs below 0: it was due then. Of one that is `sending`: when its lease runs out. */
  async store(
    webhookId: string,
    { id, type, timestamp, data }: UserEventValue,
    as: 'pending' | 'sending' | 'dead' = 'pending',
    dueInMs = 0,
  ): Promise<void> {
    const orderKey = createHash('sha256').update(String(data['username'])).digest('hex').slice(0, 32);
    const event = [id, type, timestamp, Buffer.from(JSON.stringify(data))];
    await this.#pool.query(STORE, [randomUUID(), webhookId, orderKey, as, dueInMs, this.#id, ...event]);
  }

  /** Sends what is due of a webhook, until it is stopped. */
  work(webhookId: string, url: string): void {
    this.#working = this.#work(webhookId, url);
  }

  /** @throws what one of its statements threw. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#working;
    await this.#pool.end();
  }

  async #work(webhookId: string, url: string): Promise<void> {
    while (!this.#stopped) {
      const { rows } = await this.#pool.query<LeasedRow>(CLAIM, [this.#id, LEASE_MS, webhookId]);
      for (const row of rows) await this.#deliver(row, url);
      if (rows.length === 0) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  async #deliver(row: LeasedRow, url: string): Promise<void> {
    const headers = { [BY_OLDEST]: '1', 'webhook-id': row.event_id, 'content-type': 'application/json' };
    const { status } = await axios.post(url, row.body, { headers, proxy: false, validateStatus: () => true });
    if (status >= 300) {
      await this.#pool.query(RESCHEDULE, [this.#id, [row.delivery_id], [row.attempts + 1], [100]]);
      return;
    }
    const ended = await this.#pool.query<LeasedRow>(DELETE_DELIVERED, [this.#id, [row.delivery_id]]);
    this.delivered += ended.rowCount ?? 0;
    const keys = ended.rows;
    await this.#pool.query(PROMOTE_NEXT, [
      keys.map(({ webhook_id }) => webhook_id),
      keys.map(({ order_key }) => order_key),
    ]);
  }
}
