/** The numbers of the last hours, for one webhook or for all. What cannot be read is a dash with the reason, never a zero. */
import { Paper, SimpleGrid, Text, Title } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Stats } from '../../api/generated/types.gen';
import { Dash } from '../../pieces/dash';
import { Fact } from '../../pieces/fact';
import { Time } from '../../pieces/time';
import { WaitingCount } from '../../pieces/waiting-count';
import { AttemptsChart } from './attempts-chart';
import { LatencyChart } from './latency-chart';

const COUNTED_TO = 1_000;

interface StatsPanelProps {
  readonly stats: Stats;
  /** Whether somebody says already how many deliveries wait. */
  readonly waitingIsTold?: boolean;
}

export function StatsPanel({ stats, waitingIsTold = false }: StatsPanelProps): ReactElement {
  const { t, i18n } = useTranslation();
  const known = stats.hours.filter(({ delivered }) => delivered !== null);
  const delivered = sum(known.map((hour) => hour.delivered));
  const all = delivered + sum(known.flatMap((hour) => [hour.failed, hour.exhausted]));
  const slowest = Math.max(-1, ...known.map(({ duration_ms }) => duration_ms?.p95 ?? -1));
  const unknown = <Dash reason={t('overview.unknownHelp')} />;
  return (
    <>
      <SimpleGrid cols={{ base: 2, md: waitingIsTold ? 3 : 4 }} mb="lg">
        <Fact
          label={t('overview.success')}
          help={
            all === 0
              ? undefined
              : t('overview.ofAttempts', { count: all, number: all.toLocaleString(i18n.language) })
          }
        >
          {all === 0
            ? unknown
            : (delivered / all).toLocaleString(i18n.language, { style: 'percent', maximumFractionDigits: 1 })}
        </Fact>
        <Fact label={t('overview.p95')} help={t('overview.p95Help')}>
          {slowest < 0 ? unknown : t('attempt.took', { ms: slowest.toLocaleString(i18n.language) })}
        </Fact>
        {!waitingIsTold && (
          <Fact label={t('webhooks.column.waiting')} help={t('webhook.waitingHelp')}>
            <WaitingCount count={stats.now.pending_count} countedTo={COUNTED_TO} />
          </Fact>
        )}
        <Fact label={t('overview.oldest')}>
          {stats.now.oldest_pending_at === null ? (
            t('waiting.none')
          ) : (
            <Time at={stats.now.oldest_pending_at} />
          )}
        </Fact>
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, md: 2 }} mb="xs">
        <Paper p="lg">
          <Title order={2} size="h4" mb="md">
            {t('overview.perHour')}
          </Title>
          <AttemptsChart
            title={t('overview.perHour')}
            unit="hour"
            counts={stats.hours.map(({ hour, ...counts }) => ({ at: hour, ...counts }))}
          />
        </Paper>
        <Paper p="lg">
          <Title order={2} size="h4" mb="md">
            {t('overview.latency')}
          </Title>
          {slowest < 0 ? (
            <Text c="dimmed">{t('overview.unknownHelp')}</Text>
          ) : (
            <LatencyChart hours={stats.hours} />
          )}
        </Paper>
      </SimpleGrid>
      <Text size="xs" c="dimmed" mb="lg" component="div">
        {stats.complete_to === null ? (
          t('overview.nothingRead')
        ) : (
          <>
            {t('overview.completeTo')} <Time at={stats.complete_to} />
          </>
        )}
      </Text>
    </>
  );
}

function sum(counts: readonly (number | null)[]): number {
  return counts.reduce<number>((total, count) => total + (count ?? 0), 0);
}
