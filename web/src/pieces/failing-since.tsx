/** Since when every delivery of a webhook has failed. */
import { Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../api/generated/types.gen';
import { Time } from './time';

export function FailingSince({
  webhook: { status, failing_since },
}: {
  webhook: Webhook;
}): ReactElement | null {
  const { t } = useTranslation();
  if (status !== 'failing' || failing_since === null) return null;
  return (
    <Text size="xs" c="dimmed" mt={4} component="div">
      {t('status.failingSince')} <Time at={failing_since} />
    </Text>
  );
}
