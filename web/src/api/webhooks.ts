/** The queries of webhooks that several views share, and the version of one, which a change must name. */
import { queryOptions } from '@tanstack/react-query';
import { listTriggersOptions } from './generated/@tanstack/react-query.gen';
import { listWebhooks, readWebhook } from './generated/sdk.gen';
import type { ListWebhooksData, Webhook } from './generated/types.gen';
import { paged } from './paged';

const PAGE_SIZE = 100;
const REFRESH_MS = 10_000;
/** While it is on its way to another state. */
const MOVING_MS = 2_000;

export interface VersionedWebhook {
  readonly webhook: Webhook;
  /** For `If-Match`. */
  readonly etag: string;
}

export type WebhooksFilter = Pick<NonNullable<ListWebhooksData['query']>, 'search' | 'status' | 'trigger'>;

export function webhooksQuery(filter: WebhooksFilter) {
  return paged({
    queryKey: ['webhooks', filter],
    read: (cursor, signal) =>
      listWebhooks({ query: { ...filter, limit: PAGE_SIZE, ...cursor }, signal, throwOnError: true }),
    refetchInterval: REFRESH_MS,
  });
}

export function webhookQuery(id: string) {
  return queryOptions({
    queryKey: ['webhook', id],
    queryFn: async ({ signal }): Promise<VersionedWebhook> => {
      const { data, response } = await readWebhook({ path: { id }, signal, throwOnError: true });
      return { webhook: data, etag: response.headers.get('etag') ?? '*' };
    },
    refetchInterval: ({ state }) => (state.data?.webhook.behind ? MOVING_MS : REFRESH_MS),
  });
}

export function triggersQuery() {
  return { ...listTriggersOptions(), staleTime: Infinity };
}
