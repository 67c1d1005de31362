/** How far a webhook has come with what lies in the log before what is live. */
import { Progress, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { listReplaysOptions } from '../../api/generated/@tanstack/react-query.gen';

const REFRESH_MS = 2_000;

export function CatchUpProgress({ webhookId }: { webhookId: string }): ReactElement | null {
  const { t, i18n } = useTranslation();
  const query = { webhook_id: webhookId, status: 'running' as const };
  const { data } = useQuery({ ...listReplaysOptions({ query }), refetchInterval: REFRESH_MS });
  const running = data?.data.find(({ kind }) => kind === 'start_from' || kind === 'resume');
  if (!running?.total) return null;
  const { total } = running;
  // What came meanwhile is read too.
  const part = Math.min(1, running.read / total);
  const percent = part.toLocaleString(i18n.language, { style: 'percent', maximumFractionDigits: 0 });
  return (
    <>
      <Progress value={100 * part} mt="sm" aria-label={t('replays.progress')} />
      <Text size="xs" c="dimmed" mt={4}>
        {t('behind.progress', { percent, number: total.toLocaleString(i18n.language) })}
      </Text>
    </>
  );
}
