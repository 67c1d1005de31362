/** The filters of deliveries, and the switch that keeps the list live. */
import { Group, Switch, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { FilterSelect } from '../../pieces/filter-select';
import { TRIGGERS } from '../../pieces/triggers';
import { ERROR_CODES, SPANS, STATUSES, type DeliveriesSearch } from './deliveries-search';

const TYPING_PAUSE_MS = 300;

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
    ['status_code', 120],
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
      <FilterSelect
        label={t('webhooks.trigger')}
        any={t('webhooks.anyTrigger')}
        options={TRIGGERS.map((value) => ({ value, label: t(`trigger.${value}.label`) }))}
        value={search.trigger}
        onChange={(trigger) => {
          onChange({ trigger });
        }}
        width={180}
      />
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
        <TextFilter key={name} name={name} width={width} value={search[name]} onChange={onChange} />
      ))}
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

interface TextFilterProps {
  readonly name: 'username' | 'event_id' | 'status_code' | 'webhook_id';
  readonly width: number;
  readonly value: string | number | undefined;
  readonly onChange: (part: DeliveriesSearch) => void;
}

function TextFilter({ name, width, value, onChange }: TextFilterProps): ReactElement {
  const { t } = useTranslation();
  const [text, setText] = useState(String(value ?? ''));
  const changeLater = useDebouncedCallback((wanted: string) => {
    const given = wanted === '' ? undefined : wanted;
    onChange(name === 'status_code' ? { status_code: statusOf(given) } : { [name]: given });
  }, TYPING_PAUSE_MS);
  return (
    <TextInput
      aria-label={t(`deliveries.by.${name}`)}
      placeholder={t(`deliveries.by.${name}`)}
      value={text}
      onChange={({ currentTarget }) => {
        setText(currentTarget.value);
        changeLater(currentTarget.value.trim());
      }}
      w={width}
    />
  );
}

function statusOf(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d\d$/.test(text) ? Number(text) : undefined;
}
