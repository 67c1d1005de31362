/** How far reading is behind what is written: the events topic by partition, and the history. */
import { Button, Group, Paper, Skeleton, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import { readLagOptions } from '../../api/generated/@tanstack/react-query.gen';
import type { Lag } from '../../api/generated/types.gen';
import { Dash } from '../../pieces/dash';
import { ProblemNotice } from '../../pieces/problem-notice';

const REFRESH_MS = 5_000;
/** More than these are shown when somebody asks: first those that are most behind. */
const SHOWN = 12;

export function LagPanel(): ReactElement {
  const { t, i18n } = useTranslation();
  const query = useQuery({ ...readLagOptions(), refetchInterval: REFRESH_MS });
  const records = (count: number): string =>
    t('lag.records', { count, number: count.toLocaleString(i18n.language) });
  if (query.isPending) return <Skeleton height={200} radius="lg" mb="lg" />;
  const { partitions, history } = query.data ?? { partitions: null, history: null };
  return (
    <Paper mb="lg">
      <Group justify="space-between" gap="xs" p="lg" pb="sm">
        <Title order={2} size="h4">
          {t('lag.title')}
        </Title>
        {query.data && (
          <Text size="sm" c="dimmed" component="div">
            {t('lag.history')}: {history ? records(history.lag) : <Dash reason={t('lag.historyUnknown')} />}
          </Text>
        )}
      </Group>
      {query.isError && (
        <Group px="lg" pb="lg">
          <ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
        </Group>
      )}
      {query.data && partitions === null && (
        <Text c="dimmed" px="lg" pb="lg">
          {t('lag.noKafka')}
        </Text>
      )}
      {partitions && <Partitions partitions={partitions} records={records} />}
    </Paper>
  );
}

interface PartitionsProps {
  readonly partitions: NonNullable<Lag['partitions']>;
  readonly records: (count: number) => string;
}

function Partitions({ partitions, records }: PartitionsProps): ReactElement {
  const { t } = useTranslation();
  const [all, setAll] = useState(false);
  const mostBehind = partitions.toSorted((a, b) => (b.lag ?? 0) - (a.lag ?? 0)).slice(0, SHOWN);
  const shown = all || partitions.length <= SHOWN ? partitions : mostBehind;
  return (
    <>
      <Table aria-label={t('lag.title')} verticalSpacing={6} horizontalSpacing="lg" fz="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('explain.partition')}</Table.Th>
            <Table.Th>{t('lag.behind')}</Table.Th>
            <Table.Th visibleFrom="sm">{t('lag.committed')}</Table.Th>
            <Table.Th visibleFrom="sm">{t('lag.end')}</Table.Th>
            <Table.Th>{t('lag.owner')}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map(({ partition, lag, committed_offset, end_offset, owner }) => (
            <Table.Tr key={partition}>
              <Table.Td>{partition}</Table.Td>
              <Table.Td fw={lag ? 500 : undefined}>
                {lag === null ? <Dash reason={t('lag.noCommit')} /> : records(lag)}
              </Table.Td>
              <Table.Td visibleFrom="sm" className="mono">
                {committed_offset ?? <Dash reason={t('lag.noCommit')} />}
              </Table.Td>
              <Table.Td visibleFrom="sm" className="mono">
                {end_offset}
              </Table.Td>
              <Table.Td className="mono break">{owner ?? <Dash reason={t('lag.noOwner')} />}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {shown.length < partitions.length && (
        <Group justify="center" p="sm">
          <Button
            variant="default"
            size="xs"
            onClick={() => {
              setAll(true);
            }}
          >
            {t('lag.all', { number: partitions.length })}
          </Button>
        </Group>
      )}
    </>
  );
}
