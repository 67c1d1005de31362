/** Delivered and failed attempts per hour as bars. An hour that the history does not know is a gap and not a zero. */
import type { ReactElement } from 'react';
import { useTranslation } from 'react-i18next';
import type { Stats } from '../../api/generated/types.gen';
import { CHART_HEIGHT, ChartFrame, STEP } from './chart-frame';
import classes from './hour-chart.module.css';

type Hour = Stats['hours'][number];

export function HourChart({ hours }: { hours: Hour[] }): ReactElement {
  const { t, i18n } = useTranslation();
  const number = (value: number): string => value.toLocaleString(i18n.language);
  const top = roundUp(Math.max(2, ...hours.map((hour) => (hour.delivered ?? 0) + failedOf(hour))));
  const bar = (at: number, from: number, count: number): string => {
    const [low, high] = [from, from + count].map((value) => CHART_HEIGHT * (1 - value / top));
    return count === 0 ? '' : `M${at * STEP + 1} ${high}h${STEP - 2}V${low}h-${STEP - 2}z`;
  };
  return (
    <ChartFrame
      title={t('overview.perHour')}
      hours={hours.map(({ hour }) => hour)}
      series={[
        { name: t('deliveryStatus.delivered'), sign: classes.goodSign },
        { name: t('attempt.failed'), sign: classes.badSign },
      ]}
      figures={(at) => {
        const hour = hours[at];
        return typeof hour?.delivered === 'number' ? [number(hour.delivered), number(failedOf(hour))] : null;
      }}
      scale={[top, top / 2, 0].map(number)}
    >
      <path className={classes.good} d={hours.map((hour, at) => bar(at, 0, hour.delivered ?? 0)).join('')} />
      <path
        className={classes.bad}
        d={hours.map((hour, at) => bar(at, hour.delivered ?? 0, failedOf(hour))).join('')}
      />
    </ChartFrame>
  );
}

function failedOf({ failed, exhausted }: Hour): number {
  return (failed ?? 0) + (exhausted ?? 0);
}

/** The next of 1, 2 and 5 with zeros: what the top of a scale is. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}
