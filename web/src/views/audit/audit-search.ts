/** What the audit trail is filtered by, as it stands in the address. */
import { isOneOf, textOf, withoutEmpty } from '../../pieces/search';

export const ACTIONS = [
  'webhook.created',
  'webhook.updated',
  'webhook.deleted',
  'webhook.disabled_automatically',
  'webhook.tested',
  'webhook.signing_secret_rotated',
  'replay.started',
  'replay.stopped',
  'dead_letter.sent_back',
  'user.history_erased',
] as const;
export type Action = (typeof ACTIONS)[number];

export interface AuditSearch {
  readonly actor?: string;
  readonly action?: Action;
  readonly webhook_id?: string;
}

export function auditSearch({ actor, action, webhook_id }: Record<string, unknown>): AuditSearch {
  return withoutEmpty({
    actor: textOf(actor),
    action: isOneOf(ACTIONS, action) ? action : undefined,
    webhook_id: textOf(webhook_id),
  });
}
