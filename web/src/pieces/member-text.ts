/** The value of a member of a webhook as text for people: in the difference of two versions, and in the audit trail. */
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { isTrigger } from './triggers';

export function useMemberText(): (member: string, value: unknown) => string {
  const { t, i18n } = useTranslation();
  return useCallback(
    (member, value) => {
      if (value === null || value === undefined) {
        if (member === 'rate_limit_per_second') return t('value.noLimit');
        return member === 'ca_certificates' ? t('value.publicAuthorities') : t('value.serviceDefault');
      }
      if (member === 'disabled_code') return t(`disabledReason.${value as 'only_failing'}`);
      if (typeof value === 'boolean') return t(value ? 'value.yes' : 'value.no');
      if (member === 'timeout_ms') return `${Number(value).toLocaleString(i18n.language)} ms`;
      if (typeof value === 'number') return value.toLocaleString(i18n.language);
      if (value === '') return t('value.empty');
      if (value === 'per_user' || (member === 'ordering' && value === 'none'))
        return t(`ordering.${value as 'none'}`);
      if (typeof value === 'string') return value;
      const list = Array.isArray(value) ? value : Object.keys(value);
      if (list.length === 0) return member === 'retry_schedule' ? t('schedule.once') : t('value.none');
      return list.map((item) => (isTrigger(item) ? t(`trigger.${item}.label`) : String(item))).join(', ');
    },
    [t, i18n.language],
  );
}
