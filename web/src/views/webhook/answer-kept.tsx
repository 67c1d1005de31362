/** What is kept of an answer, and where the rest of it is. */
import { Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';

/** @param id as the header `webhook-id` has it. */
export function AnswerKept({ id }: { id: string | undefined }): ReactElement {
  const { t } = useTranslation();
  return (
    <Text size="xs" c="dimmed" className="break">
      {id === undefined ? t('attempt.kept') : t('attempt.keptBy', { id })}
    </Text>
  );
}
