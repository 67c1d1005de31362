/** What replays are filtered by, as it stands in the address. */
import { isOneOf, textOf, withoutEmpty } from '../../pieces/search';

export const REPLAY_STATUSES = ['running', 'stopping', 'stopped', 'done', 'failed'] as const;

export interface ReplaysSearch {
  readonly webhook_id?: string;
  readonly status?: (typeof REPLAY_STATUSES)[number];
}

export function replaysSearch({ webhook_id, status }: Record<string, unknown>): ReplaysSearch {
  return withoutEmpty({
    webhook_id: textOf(webhook_id),
    status: isOneOf(REPLAY_STATUSES, status) ? status : undefined,
  });
}
