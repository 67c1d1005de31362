/** The numbers of a replay, and what it warns of. */
import { Alert, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Replay } from '../../api/generated/types.gen';
import { exactTime } from '../../pieces/time';

export function ReplayCounts({ replay }: { replay: Replay }): ReactElement {
  const { t, i18n } = useTranslation();
  const { kind, total, read, matched, delivered, failed, exhausted, dry_run } = replay;
  const number = (value: number): string => value.toLocaleString(i18n.language);
  const counts: [string, string][] = [
    // One delivery that is sent again reads nothing of the log.
    ...(kind === 'resend'
      ? []
      : ([
          [t('replays.count.read'), total === null ? number(read) : `${number(read)} / ${number(total)}`],
        ] as [string, string][])),
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
      <Group component="dl" gap="lg" mt="xs" mb={0}>
        {counts.map(([name, value]) => (
          <div key={name}>
            <Text component="dt" size="xs" c="dimmed">
              {name}
            </Text>
            <Text component="dd" m={0} fw={500}>
              {value}
            </Text>
          </div>
        ))}
      </Group>
      <Warnings replay={replay} />
    </>
  );
}

/** The dialog already says of every replay that the receiver may know the ids. */
function Warnings({ replay }: { replay: Replay }): ReactElement | null {
  const { t, i18n } = useTranslation();
  const { log_begins_at } = replay;
  const warnings = replay.warnings.filter(
    ({ code }) => code !== 'known_ids' && !(code === 'log_begins_later' && log_begins_at !== null),
  );
  if (warnings.length === 0 && log_begins_at === null) return null;
  return (
    <Alert color="yellow" icon={<IconAlertTriangle />} mt="sm">
      {log_begins_at !== null && (
        <Text size="sm">{t('replays.logBegins', { time: exactTime(log_begins_at, i18n.language) })}</Text>
      )}
      {warnings.map(({ code, message }) => (
        <Text key={code} size="sm">
          {t(`replayWarning.${code}`, { defaultValue: message })}
        </Text>
      ))}
    </Alert>
  );
}
