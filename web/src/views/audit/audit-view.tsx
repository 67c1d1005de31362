/** Who changed what, the newest first. For admins: a viewer is told so. */
import { Button, Group, Paper, Skeleton, Stack, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconHistory } from '@tabler/icons-react';
import { infiniteQueryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { listAuditEntries } from '../../api/generated/sdk.gen';
import { EmptyState } from '../../pieces/empty-state';
import { FilterSelect } from '../../pieces/filter-select';
import { ProblemNotice } from '../../pieces/problem-notice';
import { withoutEmpty } from '../../pieces/search';
import { ViewHeader } from '../../pieces/view-header';
import { AuditEntries } from './audit-entries';
import { ACTIONS, type AuditSearch } from './audit-search';

const PAGE_SIZE = 50;
const TYPING_PAUSE_MS = 300;

function auditQuery(filter: AuditSearch) {
  return infiniteQueryOptions({
    queryKey: ['audit', filter],
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...filter, limit: PAGE_SIZE, ...(pageParam !== null && { cursor: pageParam }) };
      return (await listAuditEntries({ query, signal, throwOnError: true })).data;
    },
    initialPageParam: null as string | null,
    getNextPageParam: ({ next_cursor }) => next_cursor,
    placeholderData: (before) => before,
  });
}

export function AuditView(): ReactElement {
  const { t } = useTranslation();
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
        <EmptyState icon={IconHistory} title={t('audit.empty.title')} text={t('audit.empty.text')} />
      ) : (
        <Stack>
          <Paper>
            <AuditEntries entries={entries} />
          </Paper>
          {query.hasNextPage && (
            <Button
              variant="default"
              mx="auto"
              loading={query.isFetchingNextPage}
              onClick={() => void query.fetchNextPage()}
            >
              {t('action.more')}
            </Button>
          )}
        </Stack>
      )}
    </>
  );
}

function AuditFilters({ search }: { search: AuditSearch }): ReactElement {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [actor, setActor] = useState(search.actor ?? '');
  const [webhookId, setWebhookId] = useState(search.webhook_id ?? '');
  const change = (part: AuditSearch): void => {
    void navigate({ to: '/audit', search: (before) => withoutEmpty({ ...before, ...part }), replace: true });
  };
  const changeLater = useDebouncedCallback(change, TYPING_PAUSE_MS);
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
      <TextInput
        aria-label={t('audit.actor')}
        placeholder={t('audit.actor')}
        value={actor}
        onChange={({ currentTarget: { value } }) => {
          setActor(value);
          changeLater({ actor: value.trim() });
        }}
        w={190}
      />
      <TextInput
        aria-label={t('audit.webhookId')}
        placeholder={t('audit.webhookId')}
        value={webhookId}
        onChange={({ currentTarget: { value } }) => {
          setWebhookId(value);
          changeLater({ webhook_id: value.trim() });
        }}
        classNames={{ input: 'mono' }}
        w={300}
        maw="100%"
      />
    </Group>
  );
}
