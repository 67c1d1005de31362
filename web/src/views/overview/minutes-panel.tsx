/** How many deliveries are made per minute: in the last one that is known, and in each of the last hour. */
import { Group, Paper, Text, Title } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { MinuteStats } from '../../api/generated/types.gen';
import { Dash } from '../../pieces/dash';
import { AttemptsChart } from './attempts-chart';
import { CLOCK } from './chart-frame';

export function MinutesPanel({ minutes }: { minutes: MinuteStats['minutes'] }): ReactElement {
  const { t, i18n } = useTranslation();
  const latest = minutes.findLast(({ delivered }) => delivered !== null);
  const perMinute = latest?.delivered ?? null;
  const clock = new Intl.DateTimeFormat(i18n.language, CLOCK);
  return (
    <Paper p="lg" mb="lg">
      <Group justify="space-between" align="baseline" gap="xs" mb="md">
        <Title order={2} size="h4">
          {t('overview.perMinute')}
        </Title>
        {latest === undefined || perMinute === null ? (
          <Dash reason={t('overview.minutesUnknown')} />
        ) : (
          <Text size="sm" c="dimmed">
            <Text span size="lg" fw={600} c="var(--mantine-color-text)">
              {perMinute.toLocaleString(i18n.language)}
            </Text>{' '}
            {t('overview.atMinute', { time: clock.format(new Date(latest.minute)) })}
          </Text>
        )}
      </Group>
      <AttemptsChart
        title={t('overview.perMinute')}
        unit="minute"
        counts={minutes.map(({ minute, ...counts }) => ({ at: minute, ...counts }))}
      />
    </Paper>
  );
}
