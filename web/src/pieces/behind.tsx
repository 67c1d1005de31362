/** How far a webhook is behind what is live. */
import { Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../api/generated/types.gen';
import { Time } from './time';

export function Behind({ behind }: { behind: Webhook['behind'] }): ReactElement | null {
  const { t, i18n } = useTranslation();
  if (behind === null) return null;
  const { events, since } = behind;
  return (
    <Text size="xs" c="dimmed" mt={4} component="div">
      {t('behind.events', { count: events, number: events.toLocaleString(i18n.language) })}
      {since !== null && (
        <>
          {' '}
          · {t('behind.since')} <Time at={since} />
        </>
      )}
    </Text>
  );
}
