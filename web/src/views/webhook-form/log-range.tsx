/** How many events the log has from a time on, and when the first of them was written. */
import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { readLogRangeOptions } from '../../api/generated/@tanstack/react-query.gen';
import { useProblemText } from '../../pieces/problem-notice';
import { exactTime } from '../../pieces/time';

/** @param from `earliest`, or a time that the service understands; null where none is given yet. */
export function LogRange({ from }: { from: string | null }): ReactElement {
  const { t, i18n } = useTranslation();
  const problemText = useProblemText();
  const { data, error } = useQuery({
    ...readLogRangeOptions({ query: { from: from ?? '' } }),
    enabled: from !== null,
  });
  const text = (): string => {
    if (from === null) return '';
    if (error !== null) return `– ${problemText(error).title}`;
    if (!data) return '…';
    const { events: count, first_at } = data;
    if (first_at === null) return t('form.logRangeNone');
    return t('form.logRange', {
      count,
      number: count.toLocaleString(i18n.language),
      time: exactTime(first_at, i18n.language),
    });
  };
  return (
    <Text size="sm" aria-live="polite">
      {text()}
    </Text>
  );
}
