/** How everything is: numbers of the last day, and the webhooks that need somebody. */
import '../../styles-of-forms';
import { Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { minutesQuery, statsQuery } from '../../api/stats';
import { webhooksQuery } from '../../api/webhooks';
import { FailingSince } from '../../pieces/failing-since';
import { MoreButton } from '../../pieces/more-button';
import { ProblemNotice } from '../../pieces/problem-notice';
import { ViewHeader } from '../../pieces/view-header';
import { ViewLink } from '../../pieces/view-link';
import { WebhookStatus } from '../../pieces/webhook-status';
import { LagPanel } from './lag-panel';
import { MinutesPanel } from './minutes-panel';
import { StatsPanel } from './stats-panel';

export function OverviewView(): ReactElement {
  const { t } = useTranslation();
  const stats = useQuery(statsQuery());
  const minutes = useQuery(minutesQuery());
  const error = stats.error ?? minutes.error;
  return (
    <>
      <ViewHeader title={t('overview.title')} lead={t('overview.lead')} />
      {error && (
        <Group mb="md">
          <ProblemNotice
            error={error}
            onRetry={() => {
              void stats.refetch();
              void minutes.refetch();
            }}
          />
        </Group>
      )}
      {minutes.isPending && <Skeleton height={230} radius="lg" mb="lg" />}
      {minutes.data && <MinutesPanel minutes={minutes.data.minutes} />}
      {stats.isPending && (
        <Skeleton height={280} radius="lg" mb="lg" aria-label={t('state.loading')} role="status" />
      )}
      {stats.data && <StatsPanel stats={stats.data} />}
      <NeedSomebody />
      <LagPanel />
    </>
  );
}

function NeedSomebody(): ReactElement {
  const { t } = useTranslation();
  const query = useInfiniteQuery(webhooksQuery({ status: ['failing', 'disabled'] }));
  const failing = (query.data?.pages ?? [])
    .flatMap(({ data }) => data)
    .filter(({ status, disabled_reason }) => status === 'failing' || disabled_reason !== null);
  return (
    <Paper p="lg" mb="lg">
      <Title order={2} size="h4" mb="sm">
        {t('overview.needSomebody')}
      </Title>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton height={24} width={240} />}
      {query.data && failing.length === 0 && !query.hasNextPage && (
        <Text c="dimmed">{t('overview.allWell')}</Text>
      )}
      {failing.length > 0 && (
        <Stack gap="xs">
          {failing.map((webhook) => (
            <Group key={webhook.id} gap="sm">
              <WebhookStatus status={webhook.status} />
              <ViewLink to="/webhooks/$id" params={{ id: webhook.id }} className="break">
                {webhook.url}
              </ViewLink>
              <FailingSince webhook={webhook} />
            </Group>
          ))}
        </Stack>
      )}
      <MoreButton of={query} />
    </Paper>
  );
}
