/** The last 24 hours of each listed webhook: one request for each page of the list, and not one for each row. */
import { useQueries } from '@tanstack/react-query';
import { readStatsOfEachOptions } from '../../api/generated/@tanstack/react-query.gen';
import type { Webhook, WebhooksStats } from '../../api/generated/types.gen';

const REFRESH_MS = 30_000;

export interface Hour {
  readonly hour: string;
  /** Attempts; null where it is not known. */
  readonly delivered: number | null;
  readonly failed: number;
}

export interface HoursOfWebhooks {
  readonly of: (webhookId: string) => readonly Hour[] | null;
  /** Why nothing is known; null where nothing went wrong. */
  readonly error: unknown;
}

export function useHours(pages: readonly { readonly data: readonly Webhook[] }[]): HoursOfWebhooks {
  return useQueries({
    queries: pages
      .filter(({ data }) => data.length > 0)
      .map(({ data }) => ({
        ...readStatsOfEachOptions({ query: { webhook_id: data.map(({ id }) => id), hours: 24 } }),
        refetchInterval: REFRESH_MS,
        placeholderData: (before: WebhooksStats | undefined) => before,
      })),
    combine: (results) => {
      const found = new Map(results.flatMap(({ data }) => (data ? hoursOf(data) : [])));
      return {
        of: (id: string) => found.get(id) ?? null,
        error: results.find(({ error }) => error !== null)?.error ?? null,
      };
    },
  });
}

function hoursOf({ hours, data }: WebhooksStats): [string, Hour[]][] {
  return data.map(({ webhook_id, delivered, failed, exhausted }) => [
    webhook_id,
    hours.map((hour, at) => ({
      hour,
      delivered: delivered[at] ?? null,
      failed: (failed[at] ?? 0) + (exhausted[at] ?? 0),
    })),
  ]);
}
