/**
 * Reads the state of webhooks: their status (view `webhook_states`), and how many stored deliveries wait for them.
 *
 * Counting stops at a limit, because millions may wait. The query has the order of an index. Without it, the planner may
 * read the whole table.
 */
import type { EntityManager } from 'typeorm';
import type { WebhookEntity } from './webhook.entity.ts';

export const STATUSES = ['healthy', 'failing', 'disabled'] as const;

export interface WebhookState {
  readonly status: (typeof STATUSES)[number];
  readonly pendingCount: number;
}

/** A webhook with its state at one moment. */
export interface StatedWebhook {
  readonly row: WebhookEntity;
  readonly state: WebhookState;
}

/** Where counting stops: for each webhook of a list, and for one webhook alone. */
export const COUNTED_AT_MOST = { listed: 100, alone: 1_000 };

const STATES = `
  SELECT s.webhook_id, s.status, (
    SELECT count(*)::integer FROM (
      SELECT FROM retries r WHERE r.webhook_id = s.webhook_id AND NOT r.dead
      ORDER BY r.order_key, r.sequence LIMIT $2
    ) counted
  ) AS pending_count
  FROM webhook_states s WHERE s.webhook_id = ANY ($1::uuid[])`;

interface StateRow {
  webhook_id: string;
  status: WebhookState['status'];
  pending_count: number;
}

export async function withStates(
  manager: EntityManager,
  rows: readonly WebhookEntity[],
  countedAtMost: number = COUNTED_AT_MOST.listed,
): Promise<StatedWebhook[]> {
  const found: StateRow[] = await manager.query(STATES, [rows.map(({ id }) => id), countedAtMost]);
  const states = new Map(found.map((row) => [row.webhook_id, row]));
  return rows.map((row) => {
    const state = states.get(row.id);
    // There is no state if the webhook was deleted between the two reads.
    return { row, state: { status: state?.status ?? 'disabled', pendingCount: state?.pending_count ?? 0 } };
  });
}

export async function withState(manager: EntityManager, row: WebhookEntity): Promise<StatedWebhook> {
  const [stated] = await withStates(manager, [row], COUNTED_AT_MOST.alone);
  return stated ?? { row, state: { status: 'disabled', pendingCount: 0 } };
}
