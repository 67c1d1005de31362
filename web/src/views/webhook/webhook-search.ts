/** Which part of a webhook is shown, as it stands in the address. */
import { isOneOf } from '../../pieces/search';
import { deliveriesSearch, type DeliveriesSearch } from '../deliveries/deliveries-search';

export const TABS = ['overview', 'deliveries', 'replays', 'test', 'signature'] as const;
export type Tab = (typeof TABS)[number];

export interface WebhookSearch extends DeliveriesSearch {
  readonly tab?: Tab;
}

export function webhookSearch(given: Record<string, unknown>): WebhookSearch {
  const { tab } = given;
  if (!isOneOf(TABS, tab) || tab === 'overview') return {};
  // Only that tab has filters.
  return tab === 'deliveries' ? { ...deliveriesSearch(given), tab } : { tab };
}
