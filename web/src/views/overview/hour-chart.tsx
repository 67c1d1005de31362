/**
 * Delivered and failed attempts per hour as bars, one hour each. An hour that the history does not know is a gap and not a
 * zero. The same numbers are a table for screen readers.
 */
import { Table, Text, VisuallyHidden } from '@mantine/core';
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Stats } from '../../api/generated/types.gen';
import classes from './hour-chart.module.css';

type Hour = Stats['hours'][number];
const HEIGHT = 120;

export function HourChart({ hours, compact = false }: { hours: Hour[]; compact?: boolean }): ReactElement {
  const { t, i18n } = useTranslation();
  const height = compact ? 32 : HEIGHT;
  const most = Math.max(1, ...hours.map((hour) => totalOf(hour)));
  const format = new Intl.DateTimeFormat(i18n.language, {
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (
    <figure className={classes.figure}>
      <svg
        viewBox={`0 0 ${hours.length * 10} ${height}`}
        preserveAspectRatio="none"
        height={height}
        className={classes.chart}
        aria-hidden
      >
        {hours.map((hour, at) => {
          const { delivered, failed, exhausted } = hour;
          if (delivered === null)
            return (
              <rect
                key={hour.hour}
                x={at * 10 + 1}
                y={height - 2}
                width={8}
                height={2}
                className={classes.unknown}
              />
            );
          const bad = (((failed ?? 0) + (exhausted ?? 0)) / most) * (height - 4);
          const good = (delivered / most) * (height - 4);
          return (
            <g key={hour.hour}>
              <title>{`${format.format(new Date(hour.hour))}: ${delivered} / ${(failed ?? 0) + (exhausted ?? 0)}`}</title>
              <rect x={at * 10 + 1} y={height - good} width={8} height={good} className={classes.good} />
              <rect x={at * 10 + 1} y={height - good - bad} width={8} height={bad} className={classes.bad} />
              <rect x={at * 10 + 1} y={height - 1} width={8} height={1} className={classes.base} />
            </g>
          );
        })}
      </svg>
      {!compact && (
        <figcaption className={classes.caption}>
          <Text span size="xs">
            <i className={classes.keyGood} /> {t('deliveryStatus.delivered')}
          </Text>
          <Text span size="xs">
            <i className={classes.keyBad} /> {t('attempt.failed')}
          </Text>
        </figcaption>
      )}
      <VisuallyHidden>
        <Table>
          <Table.Caption>{t('overview.perHour')}</Table.Caption>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('overview.hour')}</Table.Th>
              <Table.Th>{t('deliveryStatus.delivered')}</Table.Th>
              <Table.Th>{t('attempt.failed')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {hours.map((hour) => (
              <Table.Tr key={hour.hour}>
                <Table.Td>{format.format(new Date(hour.hour))}</Table.Td>
                <Table.Td>{hour.delivered ?? t('value.unknown')}</Table.Td>
                <Table.Td>
                  {hour.delivered === null ? t('value.unknown') : (hour.failed ?? 0) + (hour.exhausted ?? 0)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </VisuallyHidden>
    </figure>
  );
}

export function totalOf({ delivered, failed, exhausted }: Hour): number {
  return (delivered ?? 0) + (failed ?? 0) + (exhausted ?? 0);
}
