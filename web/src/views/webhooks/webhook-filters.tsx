/** Search, filters and sorting. All of it is in the address, so it can be kept, sent and gone back to. */
import { ActionIcon, Group, Tooltip } from '@mantine/core';
import { IconSearch, IconSortAscending, IconSortDescending } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { FilterSelect } from '../../pieces/filter-select';
import { withoutEmpty } from '../../pieces/search';
import { TextFilter } from '../../pieces/text-filter';
import { TriggerFilter } from '../../pieces/trigger-filter';
import { SORTS, STATES, type WebhooksSearch } from './webhooks-search';

export function WebhookFilters({ search }: { search: WebhooksSearch }): ReactElement {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const change = (part: WebhooksSearch): void => {
    void navigate({
      to: '/webhooks',
      search: (before) => withoutEmpty({ ...before, ...part }),
      replace: true,
    });
  };
  const SortIcon = search.descending === true ? IconSortDescending : IconSortAscending;
  const direction = t(search.descending === true ? 'sort.descending' : 'sort.ascending');
  return (
    <Group gap="xs" role="search" aria-label={t('webhooks.search')} className="filters">
      <TextFilter
        label={t('webhooks.search')}
        placeholder={t('webhooks.searchPlaceholder')}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={search.search}
        maxLength={200}
        onChange={(text) => {
          change({ search: text });
        }}
        width={220}
      />
      <FilterSelect
        label={t('webhooks.state')}
        any={t('webhooks.anyState')}
        options={STATES.map((value) => ({ value, label: t(`status.${value}`) }))}
        value={search.state}
        onChange={(state) => {
          change({ state });
        }}
        width={150}
      />
      <TriggerFilter value={search.trigger} onChange={change} />
      <Group gap={4} wrap="nowrap">
        <FilterSelect
          label={t('sort.by')}
          options={SORTS.map((value) => ({ value, label: t(`webhooks.sort.${value}`) }))}
          value={search.sort ?? 'created'}
          onChange={(sort) => {
            change({ sort: sort === 'created' ? undefined : sort });
          }}
          width={140}
        />
        <Tooltip label={direction}>
          <ActionIcon
            variant="default"
            size={36}
            aria-label={direction}
            onClick={() => {
              change({ descending: search.descending === true ? undefined : true });
            }}
          >
            <SortIcon size={18} />
          </ActionIcon>
        </Tooltip>
      </Group>
    </Group>
  );
}
