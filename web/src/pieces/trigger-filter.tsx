import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { FilterSelect } from './filter-select';
import { TRIGGERS, type Trigger } from './triggers';

interface TriggerFilterProps {
  readonly value: Trigger | undefined;
  readonly onChange: (part: { readonly trigger: Trigger | undefined }) => void;
}

export function TriggerFilter({ value, onChange }: TriggerFilterProps): ReactElement {
  const { t } = useTranslation();
  return (
    <FilterSelect
      label={t('webhooks.trigger')}
      any={t('webhooks.anyTrigger')}
      options={TRIGGERS.map((trigger) => ({ value: trigger, label: t(`trigger.${trigger}.label`) }))}
      value={value}
      onChange={(trigger) => {
        onChange({ trigger });
      }}
      width={190}
    />
  );
}
