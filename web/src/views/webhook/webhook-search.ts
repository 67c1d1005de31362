/** Which part of a webhook is shown, as it stands in the address. */
import { isOneOf } from '../../pieces/search';

export const TABS = ['overview', 'test', 'signature'] as const;
export type Tab = (typeof TABS)[number];

export interface WebhookSearch {
  readonly tab?: Tab;
}

export function webhookSearch({ tab }: Record<string, unknown>): WebhookSearch {
  return isOneOf(TABS, tab) && tab !== 'overview' ? { tab } : {};
}
