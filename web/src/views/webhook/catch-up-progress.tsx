/** How far a webhook has come with what lies in the log before what is live. */
import { Progress, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Webhook } from '../../api/generated/types.gen';
import { catchUpOf } from '../../pieces/catch-up';

export function CatchUpProgress({ webhook }: { webhook: Webhook }): ReactElement | null {
  const { t, i18n } = useTranslation();
  const catchUp = catchUpOf(webhook, i18n.language);
  if (catchUp === null) return null;
  const { total, part, percent } = catchUp;
  return (
    <>
      <Progress value={100 * part} mt="sm" aria-label={t('replays.progress')} />
      <Text size="xs" c="dimmed" mt={4}>
        {t('behind.progress', { percent, number: total.toLocaleString(i18n.language) })}
      </Text>
    </>
  );
}
