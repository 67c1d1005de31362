/** A list of deliveries with its filters, for all webhooks or for one. */
import '../../styles-of-forms';
import { Group, Paper, Skeleton, Stack, Text } from '@mantine/core';
import { IconInbox } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { deliveriesQuery, type DeliveriesFilter } from '../../api/deliveries';
import { parseDuration } from '../../pieces/duration';
import { EmptyState } from '../../pieces/empty-state';
import { MoreButton } from '../../pieces/more-button';
import { NothingFound } from '../../pieces/nothing-found';
import { ProblemNotice } from '../../pieces/problem-notice';
import { withoutEmpty } from '../../pieces/search';
import { exactTime } from '../../pieces/time';
import { DeliveryDrawer } from './delivery-drawer';
import { DeliveryFilters } from './delivery-filters';
import { DeliveryTable } from './delivery-table';
import { FILTERS, type DeliveriesSearch } from './deliveries-search';

const NO_FILTERS: DeliveriesSearch = Object.fromEntries(FILTERS.map((name) => [name, undefined]));

interface DeliveryListProps {
  readonly search: DeliveriesSearch;
  readonly onChange: (part: DeliveriesSearch) => void;
  /** Of one webhook: its id is no filter then. */
  readonly webhookId?: string;
}

export function DeliveryList({ search, onChange, webhookId }: DeliveryListProps): ReactElement {
  const { t, i18n } = useTranslation();
  const spanMs = search.span === undefined ? null : parseDuration(search.span);
  const query = useInfiniteQuery(deliveriesQuery(filterOf(search, webhookId), spanMs, search.live === true));
  const filtered = FILTERS.some((name) => search[name] !== undefined);
  const rows = query.data?.pages.flatMap(({ data }) => data) ?? [];
  const searchedBackTo = query.data?.pages.at(-1)?.searched_back_to ?? null;
  const open = (delivery: string | undefined): void => {
    onChange({ delivery });
  };
  return (
    <>
      <DeliveryFilters search={search} onChange={onChange} ofOneWebhook={webhookId !== undefined} />
      {query.isError && (
        <Group mb="md">
          <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
        </Group>
      )}
      {query.isPending ? (
        <Skeleton height={320} radius="lg" aria-label={t('state.loading')} role="status" />
      ) : rows.length === 0 ? (
        !query.isError &&
        (filtered ? (
          <NothingFound
            text={t('deliveries.nothingFound')}
            onClear={() => {
              onChange(NO_FILTERS);
            }}
          />
        ) : (
          <EmptyState
            icon={IconInbox}
            title={t('deliveries.empty.title')}
            text={t('deliveries.empty.text')}
          />
        ))
      ) : (
        <Paper>
          <DeliveryTable rows={rows} showWebhook={webhookId === undefined} onOpen={open} />
        </Paper>
      )}
      <Stack align="center" gap={6} mt="md">
        {searchedBackTo !== null && (
          <Text size="sm" c="dimmed">
            {t('deliveries.searchedBackTo', { time: exactTime(searchedBackTo, i18n.language) })}
          </Text>
        )}
        <MoreButton of={query} />
      </Stack>
      <DeliveryDrawer
        id={search.delivery}
        onClose={() => {
          open(undefined);
        }}
        onOpen={open}
      />
    </>
  );
}

function filterOf(search: DeliveriesSearch, webhookId: string | undefined): DeliveriesFilter {
  const { webhook_id = webhookId, status, trigger, username, event_id, error_code, status_code } = search;
  const statuses = status === undefined ? undefined : [status];
  return withoutEmpty({ webhook_id, status: statuses, trigger, username, event_id, error_code, status_code });
}
