/** Replays, the newest first, each with its progress, its warnings, and a way to stop it. */
import { Group, Paper, Progress, Skeleton, Stack, Text } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconPlayerStop,
  IconRefresh,
  IconRepeat,
  type Icon,
} from '@tabler/icons-react';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { listReplays, stopReplay } from '../../api/generated/sdk.gen';
import type { Replay } from '../../api/generated/types.gen';
import { paged } from '../../api/paged';
import { ChangeButton } from '../../pieces/change-button';
import { EmptyState } from '../../pieces/empty-state';
import { MoreButton } from '../../pieces/more-button';
import { ProblemNotice } from '../../pieces/problem-notice';
import { StateBadge, type Tone } from '../../pieces/state-badge';
import { exactTime, Time } from '../../pieces/time';
import { WebhookName } from '../deliveries/delivery-table';
import { ReplayCounts } from './replay-counts';
import type { ReplaysSearch } from './replays-search';

const REFRESH_MS = 2_000;
const LOOKS: Record<Replay['status'], readonly [Tone, Icon]> = {
  running: ['info', IconRefresh],
  stopping: ['warn', IconPlayerStop],
  stopped: ['quiet', IconPlayerStop],
  done: ['good', IconCircleCheck],
  failed: ['bad', IconAlertTriangle],
};

function replaysQuery(filter: ReplaysSearch) {
  return paged({
    queryKey: ['replays', filter],
    read: (cursor, signal) =>
      listReplays({ query: { ...filter, limit: 20, ...cursor }, signal, throwOnError: true }),
    refetchInterval: REFRESH_MS,
  });
}

export function ReplayList(props: { filter: ReplaysSearch; showWebhook?: boolean }): ReactElement {
  const { filter, showWebhook = false } = props;
  const { t } = useTranslation();
  const query = useInfiniteQuery(replaysQuery(filter));
  const replays = query.data?.pages.flatMap(({ data }) => data) ?? [];
  if (query.isPending)
    return <Skeleton height={200} radius="lg" aria-label={t('state.loading')} role="status" />;
  return (
    <Stack>
      {query.isError && <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />}
      {replays.length === 0 && !query.isError && (
        <EmptyState icon={IconRepeat} title={t('replays.empty.title')} text={t('replays.empty.text')} />
      )}
      {replays.map((replay) => (
        <ReplayCard key={replay.id} replay={replay} showWebhook={showWebhook} />
      ))}
      <MoreButton of={query} />
    </Stack>
  );
}

function ReplayCard({ replay, showWebhook }: { replay: Replay; showWebhook: boolean }): ReactElement {
  const { t, i18n } = useTranslation();
  const { kind, status, dry_run, webhook_id, from, to, created_by, created_at, total, read } = replay;
  const [tone, icon] = LOOKS[status];
  const range =
    from === null
      ? kind === 'start_from'
        ? t('replays.sinceBeginning')
        : null
      : t(to === null ? 'replays.since' : 'replays.range', {
          from: exactTime(from, i18n.language),
          to: to === null ? '' : exactTime(to, i18n.language),
        });
  return (
    <Paper p="md">
      <Group justify="space-between" gap="sm" mb="xs">
        <Group gap="sm">
          <StateBadge tone={tone} icon={icon}>
            {t(`replayStatus.${status}`)}
          </StateBadge>
          <Text fw={500}>{t(dry_run ? 'replays.plan' : `replayKind.${kind}`)}</Text>
          <Text size="sm" c="dimmed" component="div">
            {created_by} · <Time at={created_at} />
          </Text>
        </Group>
        {(status === 'running' || status === 'stopping') && <Stop replay={replay} />}
      </Group>
      {showWebhook && <WebhookName id={webhook_id} />}
      {range !== null && (
        <Text size="sm" c="dimmed">
          {range}
        </Text>
      )}
      {status === 'running' && total !== null && total > 0 && (
        <Progress value={Math.min(100, (100 * read) / total)} my="sm" aria-label={t('replays.progress')} />
      )}
      <ReplayCounts replay={replay} />
    </Paper>
  );
}

function Stop({ replay: { id, status } }: { replay: Replay }): ReactElement {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const stop = useMutation({
    mutationFn: () => stopReplay({ path: { id }, throwOnError: true }),
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['replays'] }),
  });
  return (
    <>
      <ChangeButton
        variant="default"
        size="xs"
        leftSection={<IconPlayerStop size={14} />}
        loading={stop.isPending || status === 'stopping'}
        onClick={() => {
          stop.mutate();
        }}
      >
        {t('replays.stop')}
      </ChangeButton>
      {stop.isError && <ProblemNotice error={stop.error} />}
    </>
  );
}
