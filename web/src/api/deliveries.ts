/** The queries of deliveries and statistics that several views share. */
import { infiniteQueryOptions } from '@tanstack/react-query';
import { listDeliveries } from './generated/sdk.gen';
import type { ListDeliveriesData } from './generated/types.gen';

const PAGE_SIZE = 50;
const LIVE_MS = 3_000;

export type DeliveriesFilter = Omit<
  NonNullable<ListDeliveriesData['query']>,
  'limit' | 'cursor' | 'since' | 'until'
>;

/** @param spanMs how far back from the moment of asking; null: to the beginning. */
export function deliveriesQuery(filter: DeliveriesFilter, spanMs: number | null, live: boolean) {
  return infiniteQueryOptions({
    queryKey: ['deliveries', filter, spanMs],
    queryFn: async ({ pageParam, signal }) => {
      const since = spanMs === null ? {} : { since: new Date(Date.now() - spanMs).toISOString() };
      const query = {
        ...filter,
        ...since,
        limit: PAGE_SIZE,
        ...(pageParam !== null && { cursor: pageParam }),
      };
      return (await listDeliveries({ query, signal, throwOnError: true })).data;
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    refetchInterval: live ? LIVE_MS : false,
    placeholderData: (before) => before,
  });
}
