/** What the list of webhooks is searched, filtered and sorted by, as it stands in the address. */
import type { WebhooksFilter } from '../../api/webhooks';
import { isOneOf, textOf, withoutEmpty } from '../../pieces/search';
import { isTrigger, type Trigger } from '../../pieces/triggers';

export const STATES = ['healthy', 'failing', 'catching_up', 'paused', 'disabled'] as const;
export type State = (typeof STATES)[number];
export const SORTS = ['created', 'url', 'waiting', 'changed'] as const;
export type Sort = (typeof SORTS)[number];

export interface WebhooksSearch {
  readonly search?: string;
  readonly trigger?: Trigger;
  readonly state?: State;
  readonly sort?: Sort;
  readonly descending?: boolean;
}

const MAX_SEARCH_LENGTH = 200;

/** Whatever else stands in the address is left out. */
export function webhooksSearch(given: Record<string, unknown>): WebhooksSearch {
  const { search, trigger, state, sort, descending } = given;
  return withoutEmpty({
    search: textOf(search, MAX_SEARCH_LENGTH),
    trigger: isTrigger(trigger) ? trigger : undefined,
    state: isOneOf(STATES, state) ? state : undefined,
    sort: isOneOf(SORTS, sort) ? sort : undefined,
    descending: descending === true,
  });
}

/** What the service filters by. */
export function webhooksFilter({ search, trigger, state }: WebhooksSearch): WebhooksFilter {
  return withoutEmpty({ search, trigger, status: state && [state] });
}
