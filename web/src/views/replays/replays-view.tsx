/** Everything that was sent again or caught up, with its progress. */
import '../../styles-of-forms';
import { Group } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { FilterSelect } from '../../pieces/filter-select';
import { withoutEmpty } from '../../pieces/search';
import { ViewHeader } from '../../pieces/view-header';
import { ReplayList } from './replay-list';
import { REPLAY_STATUSES } from './replays-search';

export function ReplaysView(): ReactElement {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ from: '/replays' });
  return (
    <>
      <ViewHeader title={t('replays.title')} lead={t('replays.lead')} />
      <Group mb="md" className="filters" role="search" aria-label={t('replays.filter')}>
        <FilterSelect
          label={t('webhooks.state')}
          any={t('webhooks.anyState')}
          options={REPLAY_STATUSES.map((value) => ({ value, label: t(`replayStatus.${value}`) }))}
          value={search.status}
          onChange={(status) =>
            void navigate({
              to: '/replays',
              search: (before) => withoutEmpty({ ...before, status }),
              replace: true,
            })
          }
          width={180}
        />
      </Group>
      <ReplayList filter={search} showWebhook />
    </>
  );
}
