/** Sorts. The service lists in the order of creation, and filters. */
import type { Webhook } from '../../api/generated/types.gen';
import type { Sort, WebhooksSearch } from './webhooks-search';

const COMPARE: Record<Sort, (a: Webhook, b: Webhook) => number> = {
  created: (a, b) => a.created_at.localeCompare(b.created_at),
  url: (a, b) => a.url.localeCompare(b.url),
  waiting: (a, b) => a.pending_count - b.pending_count,
  changed: (a, b) => a.updated_at.localeCompare(b.updated_at),
};

export function arrange(webhooks: readonly Webhook[], search: WebhooksSearch): Webhook[] {
  const { sort = 'created', descending = false } = search;
  const sorted = webhooks.toSorted(COMPARE[sort]);
  return descending ? sorted.toReversed() : sorted;
}
