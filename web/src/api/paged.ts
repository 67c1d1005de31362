/** A list of the service, page by page. The pages before stay while other filters are asked for. */
import { infiniteQueryOptions, type QueryKey } from '@tanstack/react-query';

interface Paged<Page> {
  readonly queryKey: QueryKey;
  readonly read: (cursor: { readonly cursor?: string }, signal: AbortSignal) => Promise<{ data: Page }>;
  readonly refetchInterval?: number | false;
}

export function paged<Page extends { readonly next_cursor: string | null }>(list: Paged<Page>) {
  const { queryKey, read, refetchInterval = false } = list;
  return infiniteQueryOptions({
    queryKey,
    queryFn: async ({ pageParam, signal }) =>
      (await read(pageParam === null ? {} : { cursor: pageParam }, signal)).data,
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }: Page) => next_cursor,
    refetchInterval,
    placeholderData: (before) => before,
  });
}
