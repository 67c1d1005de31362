/** The filters of deliveries, and the switch that keeps the list live. */
import { Group, Switch } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { FilterSelect } from '../../pieces/filter-select';
import { TextFilter } from '../../pieces/text-filter';
import { TriggerFilter } from '../../pieces/trigger-filter';
import { ERROR_CODES, SPANS, STATUSES, type DeliveriesSearch } from './deliveries-search';

interface DeliveryFiltersProps {
  readonly search: DeliveriesSearch;
  readonly onChange: (part: DeliveriesSearch) => void;
  readonly ofOneWebhook: boolean;
}

export function DeliveryFilters({ search, onChange, ofOneWebhook }: DeliveryFiltersProps): ReactElement {
  const { t } = useTranslation();
  const texts = [
    ['username', 160],
    ['event_id', 180],
    ...(ofOneWebhook ? [] : [['webhook_id', 220] as const]),
  ] as const;
  return (
    <Group mb="md" gap="xs" role="search" aria-label={t('deliveries.filter')} className="filters">
      <FilterSelect
        label={t('deliveries.status')}
        any={t('webhooks.anyState')}
        options={STATUSES.map((value) => ({ value, label: t(`deliveryStatus.${value}`) }))}
        value={search.status}
        onChange={(status) => {
          onChange({ status });
        }}
        width={140}
      />
      <TriggerFilter value={search.trigger} onChange={onChange} />
      <FilterSelect
        label={t('deliveries.error')}
        any={t('deliveries.anyError')}
        options={ERROR_CODES.map((value) => ({ value, label: t(`errorCode.${value}.title`) }))}
        value={search.error_code}
        onChange={(error_code) => {
          onChange({ error_code });
        }}
        width={170}
      />
      <FilterSelect
        label={t('deliveries.span')}
        any={t('deliveries.anySpan')}
        options={SPANS.map((value) => ({ value, label: t(`span.${value}`) }))}
        value={search.span}
        onChange={(span) => {
          onChange({ span });
        }}
        width={150}
      />
      {texts.map(([name, width]) => (
        <TextFilter
          key={name}
          label={t(`deliveries.by.${name}`)}
          value={search[name]}
          onChange={(text) => {
            onChange({ [name]: text });
          }}
          width={width}
        />
      ))}
      <TextFilter
        label={t('deliveries.by.status_code')}
        value={search.status_code?.toString()}
        onChange={(text) => {
          onChange({ status_code: text === undefined ? undefined : Number(text) });
        }}
        fits={(text) => /^[1-9]\d\d$/.test(text)}
        maxLength={3}
        width={120}
      />
      <Switch
        label={t('deliveries.live')}
        checked={search.live === true}
        onChange={({ currentTarget }) => {
          onChange({ live: currentTarget.checked });
        }}
      />
    </Group>
  );
}
