/** Who changed what, the newest first. For admins: a viewer is told so. */
import { Group, Paper, Skeleton } from '@mantine/core';
import { IconHistory } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { listAuditEntries } from '../../api/generated/sdk.gen';
import { paged } from '../../api/paged';
import { EmptyState } from '../../pieces/empty-state';
import { FilterSelect } from '../../pieces/filter-select';
import { MoreButton } from '../../pieces/more-button';
import { NothingFound } from '../../pieces/nothing-found';
import { ProblemNotice } from '../../pieces/problem-notice';
import { withoutEmpty } from '../../pieces/search';
import { TextFilter } from '../../pieces/text-filter';
import { ViewHeader } from '../../pieces/view-header';
import { AuditEntries } from './audit-entries';
import { ACTIONS, type AuditSearch } from './audit-search';

const PAGE_SIZE = 50;

function auditQuery(filter: AuditSearch) {
  return paged({
    queryKey: ['audit', filter],
    read: (cursor, signal) =>
      listAuditEntries({ query: { ...filter, limit: PAGE_SIZE, ...cursor }, signal, throwOnError: true }),
  });
}

export function AuditView(): ReactElement {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ from: '/audit' });
  const query = useInfiniteQuery(auditQuery(search));
  const entries = query.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <>
      <ViewHeader title={t('audit.title')} lead={t('audit.lead')} />
      <AuditFilters search={search} />
      {query.isPending ? (
        <Skeleton height={320} radius="lg" aria-label={t('state.loading')} role="status" />
      ) : query.isError && entries.length === 0 ? (
        <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
      ) : entries.length === 0 ? (
        Object.keys(search).length === 0 ? (
          <EmptyState icon={IconHistory} title={t('audit.empty.title')} text={t('audit.empty.text')} />
        ) : (
          <NothingFound
            text={t('audit.nothingFound')}
            onClear={() => void navigate({ to: '/audit', search: {} })}
          />
        )
      ) : (
        <>
          {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
          <Paper>
            <AuditEntries entries={entries} />
          </Paper>
          <MoreButton of={query} />
        </>
      )}
    </>
  );
}

function AuditFilters({ search }: { search: AuditSearch }): ReactElement {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const change = (part: AuditSearch): void => {
    void navigate({ to: '/audit', search: (before) => withoutEmpty({ ...before, ...part }), replace: true });
  };
  return (
    <Group mb="md" gap="xs" role="search" aria-label={t('audit.filter')} className="filters">
      <FilterSelect
        label={t('audit.action')}
        any={t('audit.anyAction')}
        options={ACTIONS.map((value) => ({ value, label: t(`auditAction.${value}`) }))}
        value={search.action}
        onChange={(action) => {
          change({ action });
        }}
        width={230}
      />
      <TextFilter
        label={t('audit.actor')}
        value={search.actor}
        onChange={(actor) => {
          change({ actor });
        }}
        width={230}
      />
      <TextFilter
        label={t('audit.webhookId')}
        value={search.webhook_id}
        onChange={(webhook_id) => {
          change({ webhook_id });
        }}
        width={300}
      />
    </Group>
  );
}
