/** Search, filters and sorting. All of it is in the address, so it can be kept, sent and gone back to. */
import { ActionIcon, Group, TextInput, Tooltip } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch, IconSortAscending, IconSortDescending } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { FilterSelect } from '../../pieces/filter-select';
import { withoutEmpty } from '../../pieces/search';
import { TRIGGERS } from '../../pieces/triggers';
import { SORTS, STATES, type WebhooksSearch } from './webhooks-search';

const TYPING_PAUSE_MS = 250;

export function WebhookFilters({ search }: { search: WebhooksSearch }): ReactElement {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState(search.search ?? '');
  const change = (part: WebhooksSearch): void => {
    void navigate({
      to: '/webhooks',
      search: (before) => withoutEmpty({ ...before, ...part }),
      replace: true,
    });
  };
  const searchFor = useDebouncedCallback((wanted: string) => {
    change({ search: wanted === '' ? undefined : wanted });
  }, TYPING_PAUSE_MS);
  const SortIcon = search.descending === true ? IconSortDescending : IconSortAscending;
  const direction = t(search.descending === true ? 'sort.descending' : 'sort.ascending');
  return (
    <Group gap="xs" role="search" aria-label={t('webhooks.search')} className="filters">
      <TextInput
        aria-label={t('webhooks.search')}
        placeholder={t('webhooks.searchPlaceholder')}
        leftSection={<IconSearch size={16} aria-hidden />}
        value={text}
        maxLength={200}
        onChange={({ currentTarget: { value } }) => {
          setText(value);
          searchFor(value.trim());
        }}
        w={220}
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
      <FilterSelect
        label={t('webhooks.trigger')}
        any={t('webhooks.anyTrigger')}
        options={TRIGGERS.map((value) => ({ value, label: t(`trigger.${value}.label`) }))}
        value={search.trigger}
        onChange={(trigger) => {
          change({ trigger });
        }}
        width={190}
      />
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
