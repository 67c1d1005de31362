/** Why the service disabled a webhook, in the words of whoever reads. One that a release before disabled keeps the service's. */
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../api/generated/types.gen';
import { exactTime } from './time';

type Disabled = Pick<Webhook, 'disabled_reason' | 'disabled_code' | 'failing_since'>;

/** @returns null where the service did not disable it. */
export function useDisabledReason({
  disabled_reason,
  disabled_code,
  failing_since,
}: Disabled): string | null {
  const { t, i18n } = useTranslation();
  if (disabled_reason === null || disabled_code === null) return disabled_reason;
  if (disabled_code === 'only_failing' && failing_since !== null)
    return t('disabledReason.only_failing_since', { since: exactTime(failing_since, i18n.language) });
  return t(`disabledReason.${disabled_code}`);
}
