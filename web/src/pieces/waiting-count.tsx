/** How many deliveries wait. The service stops counting somewhere, and then this says "or more". */
import { Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

export function WaitingCount({ count, countedTo }: { count: number; countedTo: number }): ReactElement {
  const { t, i18n } = useTranslation();
  const number = count.toLocaleString(i18n.language);
  return (
    <Text span size="sm" c={count === 0 ? 'dimmed' : undefined} fw={count === 0 ? 400 : 500}>
      {count === 0 ? t('waiting.none') : count >= countedTo ? t('waiting.orMore', { number }) : number}
    </Text>
  );
}
