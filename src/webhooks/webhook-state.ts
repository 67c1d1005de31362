/**
 * Reads the state of webhooks: their status (view `webhook_states`), and how many stored deliveries wait for them.
 *
 * Counting stops at a limit, because millions may wait. The query has the order of an index. Without it, the planner may
 * read the whole table.
 */
import type { EntityManager } from 'typeorm';
import type { WebhookEntity } from './webhook.entity.ts';

export const STATUSES = ['healthy', 'failing', 'catching_up', 'paused', 'disabled'] as const;

export interface WebhookState {
  readonly status: (typeof STATUSES)[number];
  /** Since when every delivery of it has failed; null while the last one arrived. */
  readonly failingSince: Date | null;
  readonly pendingCount: number;
  /** How far it is behind what is live; null while it is not. */
  readonly behind: {
    readonly events: number;
    readonly read: number | null;
    readonly since: Date | null;
  } | null;
}

const NO_STATE: WebhookState = { status: 'disabled', failingSince: null, pendingCount: 0, behind: null };

/** A webhook with its state at one moment. */
export interface StatedWebhook {
  readonly row: WebhookEntity;
  readonly state: WebhookState;
}

/** Where counting stops: for each webhook of a list, and for one webhook alone. */
const COUNTED_AT_MOST = { listed: 100, alone: 1_000 };

const STATES = `
  SELECT s.webhook_id, s.status, health.failing_since, (
    SELECT count(*)::integer FROM (
      SELECT FROM retries r WHERE r.webhook_id = s.webhook_id AND NOT r.dead
      ORDER BY r.order_key, r.sequence LIMIT $2
    ) counted
  ) AS pending_count, behind.events, behind.since, catching_up.read
  FROM webhook_states s LEFT JOIN webhook_health health ON health.webhook_id = s.webhook_id LEFT JOIN LATERAL (
    SELECT sum(greatest(c.position - c.next_offset, 0)) AS events, min(c.behind_since) AS since,
      array_agg(c.replay_id) AS replay_ids
    FROM cursors c WHERE c.webhook_id = s.webhook_id AND c.end_offset IS NULL AND NOT c.done
      AND c.position > c.next_offset
  ) behind ON true LEFT JOIN LATERAL (
    SELECT sum(c.next_offset - c.start_offset) AS read FROM cursors c WHERE c.replay_id = ANY (behind.replay_ids)
  ) catching_up ON true
  WHERE s.webhook_id = ANY ($1::uuid[])`;

interface StateRow {
  webhook_id: string;
  status: WebhookState['status'];
  failing_since: Date | null;
  pending_count: number;
  events: string | null;
  since: Date | null;
  read: string | null;
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
    if (!state) return { row, state: NO_STATE };
    const { status, failing_since: failingSince, pending_count: pendingCount, events, since, read } = state;
    const behind =
      events === null ? null : { events: Number(events), read: read === null ? null : Number(read), since };
    return { row, state: { status, failingSince, pendingCount, behind } };
  });
}

export async function withState(manager: EntityManager, row: WebhookEntity): Promise<StatedWebhook> {
  const [stated] = await withStates(manager, [row], COUNTED_AT_MOST.alone);
  return stated ?? { row, state: NO_STATE };
}
