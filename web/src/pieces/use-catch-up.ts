/** How far webhooks have come with what lies in the log before what is live, as far as the running replays say. */
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { listReplaysOptions } from '../api/generated/@tanstack/react-query.gen';
import type { ListReplaysData, Webhook } from '../api/generated/types.gen';

const REFRESH_MS = 2_000;
/** One request for all webhooks of a list. */
const OF_ALL = { status: 'running', limit: 100 } as const;

export interface CatchUp {
  readonly total: number;
  /** 0 to 1. */
  readonly part: number;
  readonly percent: string;
}

/** @returns null while it does not catch up, and where nothing is known. */
export function useCatchUp({ id, status }: Webhook, where: 'alone' | 'listed'): CatchUp | null {
  const { i18n } = useTranslation();
  const query: ListReplaysData['query'] = where === 'listed' ? OF_ALL : { webhook_id: id, status: 'running' };
  const { data } = useQuery({
    ...listReplaysOptions({ query }),
    refetchInterval: REFRESH_MS,
    enabled: status === 'catching_up',
  });
  if (status !== 'catching_up') return null;
  const running = data?.data.find(
    ({ webhook_id, kind }) => webhook_id === id && (kind === 'start_from' || kind === 'resume'),
  );
  if (!running?.total) return null;
  const { total, read } = running;
  // What came meanwhile is read too.
  const part = Math.min(1, read / total);
  const percent = part.toLocaleString(i18n.language, { style: 'percent', maximumFractionDigits: 0 });
  return { total, part, percent };
}
