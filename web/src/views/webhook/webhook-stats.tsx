/** The numbers of one webhook over the last day. */
import { Group, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { readWebhookStatsOptions } from '../../api/generated/@tanstack/react-query.gen';
import { ProblemNotice } from '../../pieces/problem-notice';
import { StatsPanel } from '../overview/stats-panel';

const REFRESH_MS = 15_000;

export function WebhookStats({ id }: { id: string }): ReactElement {
  const { t } = useTranslation();
  const stats = useQuery({
    ...readWebhookStatsOptions({ path: { id }, query: { hours: 24 } }),
    refetchInterval: REFRESH_MS,
  });
  if (stats.isError)
    return (
      <Group mb="lg">
        <ProblemNotice error={stats.error} onRetry={() => void stats.refetch()} />
      </Group>
    );
  return stats.data ? (
    <StatsPanel stats={stats.data} waitingIsTold />
  ) : (
    <Skeleton height={240} radius="lg" mb="lg" aria-label={t('state.loading')} role="status" />
  );
}
