/** Why a webhook fails, at first sight: what its last delivery that did not arrive was answered, and the way to it. */
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { listDeliveriesOptions } from '../../api/generated/@tanstack/react-query.gen';
import type { Webhook } from '../../api/generated/types.gen';
import { ViewLink } from '../../pieces/view-link';

const REFRESH_MS = 10_000;
/** The newest may not have been tried yet. */
const LOOKED_AT = 10;

export function LastFailure({
  webhook: { id, status, disabled_reason },
}: {
  webhook: Webhook;
}): ReactElement | null {
  const { t } = useTranslation();
  const { data } = useQuery({
    ...listDeliveriesOptions({
      query: { webhook_id: id, status: ['pending', 'exhausted'], limit: LOOKED_AT },
    }),
    refetchInterval: REFRESH_MS,
    enabled: status === 'failing' || disabled_reason !== null,
  });
  const last = data?.data.find(({ error_code }) => error_code !== null);
  if (!last?.error_code) return null;
  const { id: delivery, error_code, status_code } = last;
  return (
    <Text size="sm" mt={4} component="div">
      {t(`errorCode.${error_code}.title`)}
      {status_code !== null && ` (HTTP ${status_code})`}
      {'. '}
      <ViewLink to="/webhooks/$id" params={{ id }} search={{ tab: 'deliveries', delivery }} size="sm">
        {t('webhook.showFailure')}
      </ViewLink>
    </Text>
  );
}
