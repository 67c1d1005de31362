/** The numbers of a replay, and what it warns of. */
import { Group, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Replay } from '../../api/generated/types.gen';
import { Warnings } from './replay-list';

export function ReplayCounts({ replay }: { replay: Replay }): ReactElement {
  const { t, i18n } = useTranslation();
  const { total, read, matched, delivered, failed, exhausted, dry_run } = replay;
  const number = (value: number): string => value.toLocaleString(i18n.language);
  const counts: [string, string][] = [
    [t('replays.count.read'), total === null ? number(read) : `${number(read)} / ${number(total)}`],
    [t(dry_run ? 'replays.count.wouldSend' : 'replays.count.matched'), number(matched)],
    ...(dry_run
      ? []
      : ([
          [t('deliveryStatus.delivered'), number(delivered)],
          [t('replays.count.failed'), number(failed)],
          [t('deliveryStatus.exhausted'), number(exhausted)],
        ] as [string, string][])),
  ];
  return (
    <>
      <Group gap="lg" mt="xs">
        {counts.map(([name, value]) => (
          <div key={name}>
            <Text size="xs" c="dimmed">
              {name}
            </Text>
            <Text fw={500}>{value}</Text>
          </div>
        ))}
      </Group>
      <Warnings replay={replay} />
    </>
  );
}
