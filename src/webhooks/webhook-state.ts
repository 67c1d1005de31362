/** What the database says of webhooks beside their settings (view `webhook_states`): how they fare, what waits for them. */
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

const STATES =
  'SELECT webhook_id, status, pending_count FROM webhook_states WHERE webhook_id = ANY ($1::uuid[])';

interface StateRow {
  webhook_id: string;
  status: WebhookState['status'];
  pending_count: number;
}

export async function withStates(
  manager: EntityManager,
  rows: readonly WebhookEntity[],
): Promise<StatedWebhook[]> {
  const found: StateRow[] = await manager.query(STATES, [rows.map(({ id }) => id)]);
  const states = new Map(found.map((row) => [row.webhook_id, row]));
  return rows.map((row) => {
    const state = states.get(row.id);
    // A webhook that was deleted between the two reads.
    return { row, state: { status: state?.status ?? 'disabled', pendingCount: state?.pending_count ?? 0 } };
  });
}

export async function withState(manager: EntityManager, row: WebhookEntity): Promise<StatedWebhook> {
  const [stated] = await withStates(manager, [row]);
  return stated ?? { row, state: { status: 'disabled', pendingCount: 0 } };
}
