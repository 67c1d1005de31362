/** Sorts. The service lists in the order of creation, and filters. */
import type { Webhook } from '../../api/generated/types.gen';
import type { Sort, WebhooksSearch } from './webhooks-search';

const COMPARE: Record<Exclude<Sort, 'created'>, (a: Webhook, b: Webhook) => number> = {
  url: (a, b) => a.url.localeCompare(b.url),
  waiting: (a, b) => a.pending_count - b.pending_count,
  // Both are in UTC and of one length.
  changed: (a, b) => (a.updated_at < b.updated_at ? -1 : 1),
};

export function arrange(webhooks: readonly Webhook[], search: WebhooksSearch): Webhook[] {
  const { sort = 'created', descending = false } = search;
  const sorted = sort === 'created' ? webhooks : webhooks.toSorted(COMPARE[sort]);
  return descending ? sorted.toReversed() : [...sorted];
}
