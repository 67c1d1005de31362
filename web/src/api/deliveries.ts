/** The queries of deliveries and statistics that several views share. */
import { listDeliveries } from './generated/sdk.gen';
import type { ListDeliveriesData } from './generated/types.gen';
import { paged } from './paged';
import { serviceNow } from './service-clock';

const PAGE_SIZE = 50;
const LIVE_MS = 3_000;

export type DeliveriesFilter = Omit<
  NonNullable<ListDeliveriesData['query']>,
  'limit' | 'cursor' | 'since' | 'until'
>;

/** @param spanMs how far back from the moment of asking; null: to the beginning. */
export function deliveriesQuery(filter: DeliveriesFilter, spanMs: number | null, live: boolean) {
  return paged({
    queryKey: ['deliveries', filter, spanMs],
    read: (cursor, signal) => {
      const since = spanMs === null ? {} : { since: new Date(serviceNow() - spanMs).toISOString() };
      return listDeliveries({
        query: { ...filter, ...since, limit: PAGE_SIZE, ...cursor },
        signal,
        throwOnError: true,
      });
    },
    refetchInterval: live && LIVE_MS,
  });
}
