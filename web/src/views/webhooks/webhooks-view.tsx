/** All webhooks: how each is, what waits for it, and what can be done with it. */
import { Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconPlus, IconWebhook } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { webhooksQuery } from '../../api/webhooks';
import { ChangeButton } from '../../pieces/change-button';
import { EmptyState } from '../../pieces/empty-state';
import { MoreButton } from '../../pieces/more-button';
import { NothingFound } from '../../pieces/nothing-found';
import { ProblemNotice } from '../../pieces/problem-notice';
import { ViewHeader } from '../../pieces/view-header';
import { arrange } from './arrange';
import { useHours } from './use-hours';
import { WebhookFilters } from './webhook-filters';
import { WebhookTable } from './webhook-table';
import { webhooksFilter } from './webhooks-search';

export function WebhooksView(): ReactElement {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ from: '/webhooks' });
  const filter = webhooksFilter(search);
  const query = useInfiniteQuery(webhooksQuery(filter));
  const rows = arrange(query.data?.pages.flatMap(({ data }) => data) ?? [], search);
  const hours = useHours(query.data?.pages ?? []);
  const filtered = Object.keys(filter).length > 0;
  const add = (): void => void navigate({ to: '/webhooks/new' });

  return (
    <>
      <ViewHeader title={t('webhooks.title')} lead={t('webhooks.lead')}>
        <ChangeButton leftSection={<IconPlus size={18} />} onClick={add}>
          {t('webhooks.add')}
        </ChangeButton>
      </ViewHeader>
      {query.isPending ? (
        <Stack gap="xs" aria-busy aria-label={t('state.loading')} role="status">
          {[0, 1, 2, 3].map((line) => (
            <Skeleton key={line} height={56} radius="md" />
          ))}
        </Stack>
      ) : query.isError && rows.length === 0 ? (
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      ) : rows.length === 0 && !filtered ? (
        <EmptyState icon={IconWebhook} title={t('webhooks.empty.title')} text={t('webhooks.empty.text')}>
          <ChangeButton leftSection={<IconPlus size={18} />} onClick={add} mt="sm">
            {t('webhooks.add')}
          </ChangeButton>
        </EmptyState>
      ) : (
        <Paper>
          <Group justify="space-between" p="md" pb="sm" gap="sm">
            <Group gap="xs" align="baseline">
              <Title order={2} size="h4">
                {t('webhooks.all')}
              </Title>
              <Text c="dimmed" size="sm" role="status">
                {query.hasNextPage
                  ? t('webhooks.countMore', { count: rows.length })
                  : t('webhooks.count', { count: rows.length })}
              </Text>
            </Group>
            <WebhookFilters search={search} />
          </Group>
          {query.isError && (
            <Group px="md" pb="sm">
              <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
            </Group>
          )}
          {rows.length === 0 ? (
            <NothingFound
              text={t('webhooks.nothingFound')}
              onClear={() => void navigate({ to: '/webhooks', search: {} })}
            />
          ) : (
            <WebhookTable rows={rows} hours={hours} search={search} />
          )}
          <MoreButton of={query} />
        </Paper>
      )}
    </>
  );
}
